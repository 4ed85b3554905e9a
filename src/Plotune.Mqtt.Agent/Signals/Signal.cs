using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>One signal of the catalog. Its identity is (connection, topic, path) and never changes; any thread may read it.</summary>
internal sealed class Signal
{
    private readonly ConnectionSignals _owner;
    private readonly SampleRate _rate = new();
    private SignalHistory _history;
    private WatcherSet? _watchers;
    private SignalTap[]? _taps;
    private long _describedAt;
    private bool _isWatched;

    public Signal(ConnectionSignals owner, string key, string topic, string path, DateTimeOffset firstSeen, int historyLength)
    {
        _owner = owner;
        _history = new SignalHistory(historyLength);
        Key = key;
        Topic = topic;
        Path = path;
        FirstSeen = firstSeen;
    }

    /// <summary>Unique, case-sensitive name.</summary>
    public string Key { get; }

    /// <summary>Name of the broker connection.</summary>
    public string Connection => _owner.Name;

    public string Topic { get; }

    /// <summary>JSON Pointer (RFC 6901) into the payload; empty for the topic's own value.</summary>
    public string Path { get; }

    /// <summary>When it was discovered; kept over restarts.</summary>
    public DateTimeOffset FirstSeen { get; }

    /// <summary>Kind of the value as last defined by a worker.</summary>
    public SignalValueKind Kind { get; internal set; }

    public string? Unit { get; internal set; }

    public string? Description { get; internal set; }

    /// <summary>The store's <see cref="SignalStore.Descriptions"/> when kind, unit or description changed last.</summary>
    public long DescribedAt
    {
        get => Volatile.Read(ref _describedAt);
        internal set => Volatile.Write(ref _describedAt, value);
    }

    /// <summary>Position in the catalog's order, from 0; negative while <see cref="IsRemoved"/>.</summary>
    public long Ordinal { get; internal set; } = -1;

    /// <summary>Its connection was deleted. Only the name is kept; the signal comes back if the connection does.</summary>
    public bool IsRemoved => Ordinal < 0;

    /// <summary>Stored, so that it keeps its key over a restart.</summary>
    public bool IsStored { get; internal set; }

    /// <summary>The newest sample; null before the first.</summary>
    public TimedValue? Latest
    {
        get
        {
            HistorySample sample;
            lock (_owner.Gate)
            {
                if (_history.Count == 0)
                    return null;
                sample = _history[_history.Count - 1];
            }

            return sample.ToTimedValue();
        }
    }

    /// <summary>Samples since the agent started.</summary>
    public long SampleCount => _history.Total;

    /// <summary>Samples per second over the last seconds.</summary>
    public double Rate => _rate.PerSecond;

    /// <summary>There are samples, and every one came from a retained message: the value may be old.</summary>
    public bool IsRetainedOnly => SampleCount > 0 && !_history.HasLive;

    /// <summary>For the announcer alone: the registration at Plotune Core in which it announced this signal; zero before.</summary>
    public int AnnouncedIn { get; set; }

    internal ConnectionSignals Owner => _owner;

    /// <summary>Who gets its samples; null where nobody does. Any thread.</summary>
    internal (WatcherSet? Viewers, SignalTap[]? Taps) Watched => (Volatile.Read(ref _watchers), Volatile.Read(ref _taps));

    /// <summary>Whether a change waits to be stored. Guarded by the catalog's lock.</summary>
    internal bool IsQueuedForStorage { get; set; }

    /// <summary>Stored, or storing failed for now; guarded by the store's lock.</summary>
    internal bool IsSettled { get; set; }

    /// <summary>The newest samples, oldest first.</summary>
    internal TimedValue[] History()
    {
        HistorySample[] samples;
        lock (_owner.Gate)
        {
            samples = new HistorySample[_history.Count];
            for (var i = 0; i < samples.Length; i++)
                samples[i] = _history[i];
        }

        // Texts are decoded outside the lock.
        return Array.ConvertAll(samples, static sample => sample.ToTimedValue());
    }

    /// <summary>The least and the greatest number among the samples that came after the first <paramref name="seen"/>, as far as the history holds them; null if there is none among them.</summary>
    internal (double Low, double High)? RangeSince(long seen)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        lock (_owner.Gate)
        {
            var fresh = (int)Math.Min(_history.Total - seen, _history.Count);
            for (var i = _history.Count - fresh; i < _history.Count; i++)
            {
                if (_history[i] is not { Kind: SignalValueKind.Number, Number: var number } || !double.IsFinite(number))
                    continue;
                low = Math.Min(low, number);
                high = Math.Max(high, number);
            }
        }

        return low <= high ? (low, high) : null;
    }

    /// <summary>Takes one sample in. The caller holds the connection's lock.</summary>
    /// <param name="texts">The connection's.</param>
    /// <param name="wake">Gets the viewers that wait for samples.</param>
    internal void Append(long timeMicros, bool retained, in WireSample sample, TextBudget texts, List<SignalViewer> wake)
    {
        _history.Append(timeMicros, sample.Kind, sample.Number, sample.Text, sample.TextCut, retained, texts);
        if (_isWatched)
            Show(timeMicros, sample, wake);
    }

    /// <summary>Begins to load what <see cref="Append"/> uses first.</summary>
    internal void Prefetch()
    {
        CacheLine.Prefetch(ref _isWatched);
        _history.PrefetchItself();
    }

    /// <summary>Begins to load the place of the next sample; the caller holds the connection's lock.</summary>
    internal void PrefetchPlace() => _history.PrefetchPlace();

    /// <summary>Lets a viewer in: its history, then everything that comes. False if it was in already or the signal is gone. The caller holds the connection's lock.</summary>
    internal bool Join(SignalViewer viewer, WatcherChange change, bool history)
    {
        if (IsRemoved || change.Join(_watchers) is not { } watchers)
            return false;

        if (history)
        {
            for (var i = 0; i < _history.Count; i++)
                viewer.EnqueueHistory(this, Format(_history[i]));
        }

        SetWatchers(watchers);
        return true;
    }

    /// <summary>The caller holds the connection's lock.</summary>
    internal void Leave(WatcherChange change) => SetWatchers(change.Leave(_watchers));

    /// <summary>Lets in who waited for the signal to appear. The caller holds the connection's lock.</summary>
    internal void SetWatchers(WatcherSet? watchers)
    {
        _watchers = watchers;
        _isWatched = _watchers is not null || _taps is not null;
    }

    /// <summary>Sets who sees each sample from now on; null for nobody. The caller holds the connection's lock.</summary>
    internal void SetTaps(SignalTap[]? taps)
    {
        _taps = taps;
        _isWatched = _watchers is not null || _taps is not null;
    }

    /// <summary>The caller holds the connection's lock.</summary>
    internal void TellHistory(ISampleTap target, int newest)
    {
        for (var i = Math.Max(0, _history.Count - newest); i < _history.Count; i++)
            target.TakeHistory(_history[i]);
    }

    /// <summary>Forgets its samples and viewers. The caller holds the connection's lock.</summary>
    internal void Clear()
    {
        _history.Clear(_owner.Texts);
        SetWatchers(null);
        SetTaps(null);
        _rate.Reset();
    }

    internal void UpdateRate(long timestamp, long frequency) => _rate.Update(SampleCount, timestamp, frequency);

    private void Show(long timeMicros, in WireSample sample, List<SignalViewer> wake)
    {
        if (_taps is not null)
            Feed(_taps, timeMicros, sample);
        if (_watchers is not null)
            Deliver(_watchers, wake);
    }

    private void Feed(SignalTap[] taps, long timeMicros, in WireSample sample)
    {
        var text = sample.Kind == SignalValueKind.Text ? _history[_history.Count - 1].Text : null;
        foreach (var tap in taps)
            tap.Target.Take(timeMicros, sample.Kind, sample.Number, text);
    }

    private void Deliver(WatcherSet watchers, List<SignalViewer> wake)
    {
        var json = Format(_history[_history.Count - 1]);
        foreach (var viewer in watchers.Viewers)
        {
            if (viewer.Enqueue(this, json))
                wake.Add(viewer);
        }
    }

    private ReadOnlyMemory<byte> Format(in HistorySample sample) => _owner.Chunk.Format(sample.TimeMicros, sample.Kind, sample.Number, sample.Text);
}
