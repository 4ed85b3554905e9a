namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>What a source does and has done, for whoever asks. Written by the source, read by anybody.</summary>
internal sealed class SourceProgress(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private SourceActivity _activity = SourceActivity.Disabled;
    private DateTimeOffset _since = timeProvider.GetUtcNow();
    private string _reason = "";
    private LastFault? _lastFault;
    private long _pending;
    private long _accepted;
    private long _filteredOut;
    private long _deadLettered;
    private long _reconnects;

    /// <summary>Events in Redis, those in work included, as last seen.</summary>
    public long Pending
    {
        get => Volatile.Read(ref _pending);
        set => Volatile.Write(ref _pending, value);
    }

    /// <param name="reason">Why, as a sentence; empty if all is well.</param>
    /// <returns>Whether that is news.</returns>
    public bool Set(SourceActivity activity, string reason = "")
    {
        lock (_lock)
        {
            if (_activity == activity && _reason == reason) return false;
            if (_activity != activity) _since = timeProvider.GetUtcNow();
            (_activity, _reason) = (activity, reason);
            return true;
        }
    }

    public void Accepted(int events) => Interlocked.Add(ref _accepted, events);

    public void FilteredOut(int events) => Interlocked.Add(ref _filteredOut, events);

    public void Reconnected() => Interlocked.Increment(ref _reconnects);

    public void DeadLettered(IReadOnlyList<TakenEvent> events)
    {
        Interlocked.Add(ref _deadLettered, events.Count);
        lock (_lock) _lastFault = new LastFault(timeProvider.GetUtcNow(), events[^1].Fault ?? "");
    }

    public EventSourceState View()
    {
        lock (_lock)
        {
            return new EventSourceState(
                _activity,
                _since,
                _reason,
                Pending,
                Interlocked.Read(ref _accepted),
                Interlocked.Read(ref _filteredOut),
                Interlocked.Read(ref _deadLettered),
                Interlocked.Read(ref _reconnects),
                _lastFault);
        }
    }
}
