namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// One viewer joining or leaving many signals: sets that were the same before are the same afterwards. Not thread-safe.
/// </summary>
internal sealed class WatcherChange(SignalViewer viewer)
{
    // Interleaved joins of many viewers can make many sets; forgetting costs memory, not correctness.
    private const int MaximumRemembered = 256;

    private readonly Dictionary<WatcherSet, WatcherSet?> _results = [];
    private WatcherSet? _alone;

    /// <summary>The set with the viewer; null if it is in there already.</summary>
    public WatcherSet? Join(WatcherSet? watchers)
    {
        if (watchers is null)
            return _alone ??= new WatcherSet(viewer);

        return Remembered(watchers, static (set, viewer) => set.Contains(viewer) ? null : set.With(viewer));
    }

    /// <summary>The set without the viewer; null if that is nobody.</summary>
    public WatcherSet? Leave(WatcherSet? watchers) =>
        watchers is null ? null : Remembered(watchers, static (set, viewer) => set.Contains(viewer) ? set.Without(viewer) : set);

    private WatcherSet? Remembered(WatcherSet watchers, Func<WatcherSet, SignalViewer, WatcherSet?> change)
    {
        if (_results.TryGetValue(watchers, out var result))
            return result;

        if (_results.Count == MaximumRemembered)
            _results.Clear();
        result = change(watchers, viewer);
        _results.Add(watchers, result);
        return result;
    }
}
