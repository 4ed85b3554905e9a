namespace Plotune.Mqtt.Agent.Signals;

/// <summary>All subscriptions, so that a signal that appears finds its viewers. Equal patterns are matched once, however many viewers share them. Guarded by the store's lock.</summary>
internal sealed class SubscriptionTable(int limit)
{
    private readonly HashSet<SignalSubscription> _named = [];
    private readonly Dictionary<string, HashSet<SignalSubscription>> _patterns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<SignalSubscription>> _pending = new(StringComparer.Ordinal);
    private readonly Dictionary<SignalViewer, int> _viewers = [];
    private readonly List<string> _lastMatch = [];
    private WatcherSet? _lastWatchers;
    private int _count;

    public int Viewers => _viewers.Count;

    /// <exception cref="SubscriptionLimitException">There are too many.</exception>
    public void Add(SignalSubscription subscription)
    {
        if (_count >= limit)
            throw new SubscriptionLimitException(limit);

        _count++;
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_viewers, subscription.Viewer, out _)++;
        if (subscription.IsPattern)
            AddPattern(subscription);
        else
            AddNamed(subscription);
    }

    public void Remove(SignalSubscription subscription)
    {
        if (subscription.IsPattern ? !RemoveFrom(_patterns, subscription.Text, subscription) : !_named.Remove(subscription))
            return;

        _count--;
        if (--System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrNullRef(_viewers, subscription.Viewer) == 0)
            _viewers.Remove(subscription.Viewer);
        RemovePending(subscription);
        _lastWatchers = null;
        _lastMatch.Clear();
    }

    /// <summary>Who watches a signal that has just appeared; names that waited for it now stand for it.</summary>
    public WatcherSet? WatchersOf(Signal signal)
    {
        var watchers = PatternWatchers(signal.Key);
        foreach (var subscription in TakePending(signal))
        {
            if (watchers is null)
                watchers = new WatcherSet(subscription.Viewer);
            else if (!watchers.Contains(subscription.Viewer))
                watchers = watchers.With(subscription.Viewer);
        }

        return watchers;
    }

    /// <summary>A connection's signals are gone: names that stood for one wait again.</summary>
    public void ForgetSignals(ConnectionSignals owner)
    {
        foreach (var subscription in _named)
        {
            if (subscription.Signal?.Owner != owner)
                continue;

            subscription.Signal = null;
            AddPending(subscription);
        }
    }

    private void AddPattern(SignalSubscription subscription)
    {
        AddTo(_patterns, subscription.Text, subscription);
        _lastWatchers = null;
        _lastMatch.Clear();
    }

    private void AddNamed(SignalSubscription subscription)
    {
        _named.Add(subscription);
        if (subscription.Signal is null)
            AddPending(subscription);
    }

    private WatcherSet? PatternWatchers(string key)
    {
        List<string>? matching = null;
        foreach (var pattern in _patterns.Keys)
        {
            if (Wildcard.Matches(pattern, key))
                (matching ??= []).Add(pattern);
        }

        if (matching is null)
            return null;

        // Signals that appear together mostly match the same patterns, and then share one set.
        if (_lastWatchers is null || !matching.SequenceEqual(_lastMatch))
        {
            _lastMatch.Clear();
            _lastMatch.AddRange(matching);
            _lastWatchers = new WatcherSet([.. matching.SelectMany(pattern => _patterns[pattern]).Select(subscription => subscription.Viewer).Distinct()]);
        }

        return _lastWatchers;
    }

    private SignalSubscription[] TakePending(Signal signal)
    {
        if (_pending.Count == 0)
            return [];

        IEnumerable<SignalSubscription> waiting = _pending.GetValueOrDefault(signal.Key) ?? [];
        if (signal.Path.Length == 0 && _pending.TryGetValue(signal.Topic, out var byTopic))
            waiting = waiting.Union(byTopic);

        SignalSubscription[] found = [.. waiting];
        foreach (var subscription in found)
        {
            RemovePending(subscription);
            subscription.Signal = signal;
        }

        return found;
    }

    private void AddPending(SignalSubscription subscription)
    {
        AddTo(_pending, subscription.Text, subscription);
        AddTo(_pending, SignalKey.Of(subscription.Text), subscription);
    }

    private void RemovePending(SignalSubscription subscription)
    {
        RemoveFrom(_pending, subscription.Text, subscription);
        RemoveFrom(_pending, SignalKey.Of(subscription.Text), subscription);
    }

    private static void AddTo(Dictionary<string, HashSet<SignalSubscription>> table, string text, SignalSubscription subscription)
    {
        if (!table.TryGetValue(text, out var subscriptions))
            table.Add(text, subscriptions = []);
        subscriptions.Add(subscription);
    }

    private static bool RemoveFrom(Dictionary<string, HashSet<SignalSubscription>> table, string text, SignalSubscription subscription)
    {
        if (!table.TryGetValue(text, out var subscriptions) || !subscriptions.Remove(subscription))
            return false;

        if (subscriptions.Count == 0)
            table.Remove(text);
        return true;
    }
}
