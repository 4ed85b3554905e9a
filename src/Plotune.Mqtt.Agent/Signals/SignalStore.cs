using System.Diagnostics.CodeAnalysis;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>All signals of all connections: their catalog, their newest samples, and who watches them. Thread-safe.</summary>
/// <remarks>Locks are taken in this order: the store's (catalog and subscriptions), one connection's (samples), one viewer's (its queue).</remarks>
internal sealed partial class SignalStore
{
    private const int MaximumDescriptionLength = 4096;

    private readonly Lock _lock = new();
    private readonly AgentLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly bool _persistent;
    private readonly Dictionary<string, ConnectionSignals> _connections = new(StringComparer.Ordinal);
    private readonly SignalCatalog _catalog = new();
    private readonly SortedSignals _sorted = new();
    private readonly SignalNames _names = new();
    private readonly SubscriptionTable _subscriptions;
    private readonly ViewerTotals _viewerTotals = new();
    private long _descriptions;

    /// <param name="persistent">Someone stores the catalog; a signal then counts as new only once it is stored. (default: off)</param>
    public SignalStore(AgentLimits limits, TimeProvider? timeProvider = null, bool persistent = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.HistoryLength, 1);
        _limits = limits;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _persistent = persistent;
        _subscriptions = new SubscriptionTable(limits.MaximumSubscriptions);
    }

    /// <summary>Signals in the catalog.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _catalog.Count;
        }
    }

    /// <summary>Counts changes of a signal's kind, unit or description: see <see cref="Signal.DescribedAt"/>.</summary>
    public long Descriptions => Volatile.Read(ref _descriptions);

    /// <summary>Viewers with at least one subscription.</summary>
    public int Viewers
    {
        get
        {
            lock (_lock)
                return _subscriptions.Viewers;
        }
    }

    /// <summary>Samples lost by viewers that fell behind, since the agent started.</summary>
    public long ViewerSamplesDropped => _viewerTotals.Dropped;

    /// <summary>Samples that left a history early because of the size of texts, since the agent started.</summary>
    public long HistorySamplesDropped
    {
        get
        {
            ConnectionSignals[] connections;
            lock (_lock)
                connections = [.. _connections.Values];

            long dropped = 0;
            foreach (var connection in connections)
            {
                lock (connection.Gate)
                    dropped += connection.Texts.SamplesDropped;
            }

            return dropped;
        }
    }

    /// <summary>A signal by its key; else by the topic whose own value it is; else by the key that <paramref name="name"/> would give.</summary>
    public Signal? Find(string name)
    {
        lock (_lock)
            return _catalog.Find(name);
    }

    /// <summary>Signals of one connection in the catalog.</summary>
    public int CountOf(string connection)
    {
        lock (_lock)
            return _connections.GetValueOrDefault(connection)?.Live ?? 0;
    }

    /// <summary>A page of the catalog, ordered by key (ordinal).</summary>
    /// <param name="match">Key with <c>*</c> for any characters, case-insensitive; null for all.</param>
    /// <param name="connection">Only this connection's; null for all.</param>
    /// <param name="after">Only keys behind this one; null from the start.</param>
    /// <param name="next">Send it as <paramref name="after"/> for the next page; null if this is the last.</param>
    public IReadOnlyList<Signal> Page(string? match, string? connection, int limit, string? after, out string? next)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var sorted = _sorted.Get(InOrder(out var removals), removals);
        next = null;
        var page = new List<Signal>();
        for (var i = after is null ? 0 : FirstBehind(sorted, after); i < sorted.Length; i++)
        {
            var signal = sorted[i];
            if ((connection is not null && signal.Connection != connection) || (match is not null && !Wildcard.Matches(match, signal.Key)))
                continue;

            if (page.Count == limit)
            {
                next = page[^1].Key;
                break;
            }

            page.Add(signal);
        }

        return page;
    }

    /// <summary>All signals in the order they came, as they are now: the segment never changes.</summary>
    /// <param name="removals">Counts up whenever signals are taken out; while it stays, a later answer begins with this one.</param>
    public ArraySegment<Signal> InOrder(out int removals)
    {
        lock (_lock)
        {
            removals = _catalog.Removals;
            return _catalog.InOrder;
        }
    }

    /// <summary>The newest samples, oldest first.</summary>
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "The store is what callers ask; where a signal keeps its samples is not their business.")]
    public TimedValue[] History(Signal signal) => signal.History();

    /// <summary>
    /// Sends a signal's samples to <paramref name="viewer"/> from now on, after its history if asked for, without gap or duplicate. A name that does not exist yet is
    /// accepted and starts once it appears; a pattern (with <c>*</c>, over keys, case-insensitive) also takes signals that appear later. A viewer gets each sample once, and
    /// a history only if it did not watch the signal before, however many of its subscriptions overlap. Disposing ends this subscription; disposing the viewer ends all of its own.
    /// </summary>
    /// <exception cref="SubscriptionLimitException">There are too many subscriptions.</exception>
    /// <exception cref="ObjectDisposedException">The viewer is disposed.</exception>
    public IDisposable Subscribe(string nameOrPattern, SignalViewer viewer, bool history)
    {
        var subscription = new SignalSubscription(this, viewer, nameOrPattern, history);
        ObjectDisposedException.ThrowIf(!viewer.Add(subscription, _limits.MaximumSubscriptionsPerViewer), viewer);
        try
        {
            Begin(subscription);
        }
        catch (SubscriptionLimitException)
        {
            viewer.Remove(subscription);
            throw;
        }

        if (history)
        {
            viewer.EnqueueJoin(subscription);
        }
        else
        {
            while (subscription.JoinNext())
            {
            }
        }

        // A viewer disposed meanwhile ended the subscriptions it knew of then.
        if (viewer.IsDisposed)
            End(subscription);
        return subscription;
    }

    /// <summary>A worker of the connection starts; samples of its earlier runs no longer count. Several workers may feed one signal, one after the other.</summary>
    /// <param name="worker">Which one, from 0.</param>
    public WorkerSignals BeginRun(string connection, Action? limitReached = null, int worker = 0)
    {
        lock (_lock)
        {
            var owner = GetOrAddConnection(connection);
            var run = new WorkerSignals(this, owner, worker, _limits.MaximumSignalsPerConnection) { LimitReached = limitReached };
            lock (owner.Gate)
                owner.Runs[worker] = run;
            return run;
        }
    }

    /// <summary>Takes a deleted connection's signals out of the catalog and drops their samples. Their names stay theirs, should the connection come back.</summary>
    public void RemoveConnection(string connection)
    {
        lock (_lock)
        {
            if (!_connections.TryGetValue(connection, out var owner))
                return;

            var removed = _catalog.Remove(owner);
            owner.Live = 0;
            lock (owner.Gate)
            {
                Array.Clear(owner.Runs);
                foreach (var signal in removed)
                {
                    signal.Ordinal = -1;
                    signal.Clear();
                }
            }

            _subscriptions.ForgetSignals(owner);
        }
    }

    /// <summary>Looks at every signal's count; call it every second or two.</summary>
    public void UpdateRates()
    {
        ArraySegment<Signal> signals;
        lock (_lock)
            signals = _catalog.InOrder;

        var now = _timeProvider.GetTimestamp();
        foreach (var signal in signals)
            signal.UpdateRate(now, _timeProvider.TimestampFrequency);
    }

    /// <summary>Fills the catalog with what was stored, before anything else happens. Signals of connections that no longer exist only keep their names.</summary>
    public void Load(IEnumerable<StoredSignal> stored, IReadOnlySet<string> connections)
    {
        lock (_lock)
        {
            foreach (var row in stored)
            {
                if (!_names.TryTake(row.Key))
                    continue;

                var owner = GetOrAddConnection(row.Connection);
                var signal = Create(owner, row.Key, row.Topic, row.Path, row.FirstSeen);
                (signal.Kind, signal.Unit, signal.Description, signal.IsStored) = (row.Kind, row.Unit, row.Description, true);
                if (!connections.Contains(row.Connection))
                    continue;

                owner.Live++;
                _catalog.Add(signal);
            }

            AdvanceAnnounceable();
        }
    }

    /// <summary>The signal of that identity, new or known; null if the connection has too many.</summary>
    internal Signal? GetOrAdd(WorkerSignals run, ConnectionSignals owner, string topic, string path, SignalValueKind kind)
    {
        lock (_lock)
        {
            if (!owner.Known.TryGetValue((topic, path), out var signal))
            {
                if (!HasRoom(owner))
                    return null;
                signal = Create(owner, _names.Take(topic, path), topic, path, firstSeen: null);
            }

            if (signal.IsRemoved && !TryReturn(run, signal))
                return null;

            if (!signal.IsStored || signal.Kind != kind)
            {
                signal.Kind = kind;
                Redescribed(signal);
            }

            return signal;
        }
    }

    internal void Describe(Signal signal, string? unit, string? description)
    {
        unit = Cut(unit) ?? signal.Unit;
        description = Cut(description) ?? signal.Description;
        lock (_lock)
        {
            if (signal.Unit == unit && signal.Description == description)
                return;

            (signal.Unit, signal.Description) = (unit, description);
            Redescribed(signal);
        }
    }

    internal void End(SignalSubscription subscription)
    {
        if (!subscription.TryEnd())
            return;

        var viewer = subscription.Viewer;
        viewer.Remove(subscription);
        ArraySegment<Signal> signals;
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
            signals = SignalsOf(subscription);
        }

        var change = new WatcherChange(viewer);
        foreach (var signal in signals)
        {
            if (!subscription.Takes(signal))
                continue;

            lock (signal.Owner.Gate)
            {
                // Under the lock, because another subscription of the viewer may just be joining.
                if (!viewer.IsWatching(signal, subscription))
                    signal.Leave(change);
            }
        }
    }

    /// <summary>Ends the subscriptions of a viewer that is gone.</summary>
    internal void EndAll(SignalViewer viewer, SignalSubscription[] subscriptions)
    {
        var signals = new HashSet<ArraySegment<Signal>>();
        lock (_lock)
        {
            foreach (var subscription in subscriptions)
            {
                if (!subscription.TryEnd())
                    continue;

                _subscriptions.Remove(subscription);
                signals.Add(SignalsOf(subscription));
            }
        }

        var change = new WatcherChange(viewer);
        foreach (var signal in signals.SelectMany(segment => segment))
        {
            lock (signal.Owner.Gate)
                signal.Leave(change);
        }
    }

    private static int FirstBehind(Signal[] sorted, string key)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(sorted[middle].Key, key) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private static string? Cut(string? text) => text?.Length > MaximumDescriptionLength ? text[..MaximumDescriptionLength] : text;

    private void Redescribed(Signal signal)
    {
        signal.DescribedAt = ++_descriptions;
        QueueForStorage(signal);
    }

    private void Begin(SignalSubscription subscription)
    {
        lock (_lock)
        {
            if (!subscription.IsPattern)
                subscription.Signal = _catalog.Find(subscription.Text);

            _subscriptions.Add(subscription);
            subscription.Begin(SignalsOf(subscription));
        }
    }

    private ArraySegment<Signal> SignalsOf(SignalSubscription subscription)
    {
        if (subscription.IsPattern)
            return _catalog.InOrder;

        return subscription.Signal is { } signal ? new ArraySegment<Signal>([signal]) : ArraySegment<Signal>.Empty;
    }

    private ConnectionSignals GetOrAddConnection(string name)
    {
        if (!_connections.TryGetValue(name, out var owner))
            _connections.Add(name, owner = new ConnectionSignals(name, _limits, _viewerTotals));
        return owner;
    }

    private Signal Create(ConnectionSignals owner, string key, string topic, string path, DateTimeOffset? firstSeen)
    {
        var signal = new Signal(owner, key, topic, path, firstSeen ?? _timeProvider.GetUtcNow(), _limits.HistoryLength) { IsStored = !_persistent };
        owner.Known.Add((topic, path), signal);
        owner.NameLength += key.Length + topic.Length + path.Length;
        return signal;
    }

    private bool HasRoom(ConnectionSignals owner) =>
        owner.Live < _limits.MaximumSignalsPerConnection && owner.NameLength < _limits.MaximumNameLengthPerConnection;

    private bool TryReturn(WorkerSignals run, Signal signal)
    {
        var owner = signal.Owner;
        if (owner.Live >= _limits.MaximumSignalsPerConnection)
            return false;

        lock (owner.Gate)
        {
            // A run that outlived its connection must not bring it back.
            if (!run.Counts)
                return false;
        }

        owner.Live++;
        _catalog.Add(signal);
        var watchers = _subscriptions.WatchersOf(signal);
        var taps = _taps.Of(signal);
        lock (owner.Gate)
        {
            signal.SetWatchers(watchers);
            signal.SetTaps(taps);
        }

        AdvanceAnnounceable();
        return true;
    }
}
