using System.Threading.Tasks.Sources;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Wakes one waiting loop, on a thread of the pool; signals given while it is awake are remembered as one. Allocates nothing. Any thread, one waiter.</summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private bool _isWaiting;
    private bool _isSet;

    public void Set()
    {
        lock (_lock)
        {
            _isSet = !_isWaiting;
            if (!_isWaiting)
                return;
            _isWaiting = false;
            // Within the lock: a waiter that sees it completed must not begin the next wait before this call is over.
            _wait.SetResult(true);
        }
    }

    /// <summary>Completes with the next signal, or at once if there was one since the last wait.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            _wait.Reset();
            _isWaiting = true;
            return new ValueTask(this, _wait.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
