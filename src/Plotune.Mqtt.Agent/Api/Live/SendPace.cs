using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// The beat at which viewers of fast signals are written to: all that wait go on together, by one timer. A write costs more than the samples in it, and nobody
/// sees a difference of milliseconds. Thread-safe.
/// </summary>
internal sealed class SendPace : IDisposable
{
    /// <summary>With few viewers, less than a screen needs for a picture.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(3);

    /// <summary>With many, fifty pictures a second.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    /// <summary>Bounds the writes to 20,000 a second over up to 400 viewers, and to 50 a second and viewer beyond.</summary>
    private static readonly TimeSpan PerViewer = TimeSpan.FromMicroseconds(50);

    private readonly Lock _lock = new();
    private readonly ViewerSlots _slots;
    private readonly ITimer _timer;
    private TaskCompletionSource? _next;

    public SendPace(ViewerSlots slots, TimeProvider timeProvider)
    {
        _slots = slots;
        _timer = timeProvider.CreateTimer(static pace => ((SendPace)pace!).Beat(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Least time between two writes to one viewer, by the number of viewers: 3 to 20 ms.</summary>
    public TimeSpan Interval
    {
        get
        {
            var interval = PerViewer * _slots.Taken;
            return interval < Shortest ? Shortest : interval > Longest ? Longest : interval;
        }
    }

    /// <summary>Completes within <see cref="Interval"/>.</summary>
    public Task NextAsync()
    {
        lock (_lock)
        {
            if (_next is null)
            {
                // After the end there is no beat.
                if (!_timer.Change(Interval, Timeout.InfiniteTimeSpan)) return Task.CompletedTask;
                _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _next.Task;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Beat();
    }

    private void Beat()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            next = _next;
            _next = null;
        }

        next?.SetResult();
    }
}
