namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// Decides whether a worker hangs. A ping that goes unanswered is held against it only while our reader has nothing left to read: a worker that is blocked because we are behind
/// is not dead. The last resort, several times the timeout, holds for a worker that goes on sending but never answers. Thread-safe.
/// </summary>
internal sealed class Heartbeat(TimeSpan timeout, TimeProvider timeProvider)
{
    private const int LastResort = 4;

    // Longer than the moment between two writes of a busy worker.
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private ulong _sent;
    private ulong _answered;
    private long _oldestUnanswered;
    private bool _drained;

    /// <summary>Whether a ping is unanswered.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (_lock)
                return _sent != _answered;
        }
    }

    /// <summary>Number of the next ping.</summary>
    public ulong Next()
    {
        lock (_lock)
        {
            if (_sent == _answered)
            {
                _oldestUnanswered = timeProvider.GetTimestamp();
                _drained = false;
            }

            return ++_sent;
        }
    }

    /// <summary>False if no such ping was sent.</summary>
    public bool Answer(ulong number)
    {
        lock (_lock)
        {
            if (number <= _answered || number > _sent)
                return false;

            _answered = number;
            _oldestUnanswered = timeProvider.GetTimestamp();
            _drained = false;
            return true;
        }
    }

    /// <param name="readWaiting">How long our reader has been waiting for bytes.</param>
    public bool IsLost(TimeSpan readWaiting)
    {
        lock (_lock)
        {
            if (_sent == _answered)
                return false;

            var unanswered = timeProvider.GetElapsedTime(_oldestUnanswered);
            _drained |= readWaiting > TimeSpan.Zero;
            return (unanswered >= timeout && readWaiting >= Idle) || (unanswered >= timeout * LastResort && _drained);
        }
    }
}
