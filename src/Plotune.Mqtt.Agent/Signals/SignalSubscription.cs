namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// One name or pattern a viewer asked for. Signals that are there already are joined one by one, by <see cref="JoinNext"/>; those that appear later are joined by the store.
/// </summary>
internal sealed class SignalSubscription(SignalStore store, SignalViewer viewer, string text, bool history) : IDisposable
{
    private readonly WatcherChange _change = new(viewer);
    private ArraySegment<Signal> _existing = ArraySegment<Signal>.Empty;
    private int _next;
    private Signal? _signal;
    private int _ended;

    public SignalStore Store => store;

    public SignalViewer Viewer => viewer;

    /// <summary>The name or pattern as it was given.</summary>
    public string Text => text;

    public bool IsPattern { get; } = Wildcard.IsPattern(text);

    public bool IsActive => Volatile.Read(ref _ended) == 0;

    /// <summary>What a name stands for; null while nothing does. Written under the store's lock.</summary>
    public Signal? Signal
    {
        get => Volatile.Read(ref _signal);
        set => Volatile.Write(ref _signal, value);
    }

    /// <summary>Whether the signal is one of this subscription's.</summary>
    public bool Takes(Signal signal) => IsPattern ? Wildcard.Matches(text, signal.Key) : Signal == signal;

    /// <summary>Sets what there was when the subscription began.</summary>
    public void Begin(ArraySegment<Signal> existing) => _existing = existing;

    /// <summary>Joins the next signal there was when the subscription began. Not thread-safe.</summary>
    /// <returns>False after the last.</returns>
    public bool JoinNext()
    {
        while (IsActive && _next < _existing.Count)
        {
            var signal = _existing[_next++];
            if (!Takes(signal))
                continue;

            lock (signal.Owner.Gate)
            {
                // An end that comes later finds the viewer in the signal and takes it out.
                if (IsActive)
                    signal.Join(viewer, _change, history);
            }

            return true;
        }

        _existing = ArraySegment<Signal>.Empty;
        return false;
    }

    /// <summary>False if it had ended before.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    public void Dispose() => store.End(this);
}
