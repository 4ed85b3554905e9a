namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>Totals of the ingest path. Written by the lane's thread alone, read by any.</summary>
internal sealed class IngestCounters
{
    private readonly long[] _decodeFailures = new long[IngestOutcomes.DecodeFailures.Length];
    private long _samples;
    private long _signalsRefused;
    private long _leftToOthers;
    private long _ownMessages;
    private long _lastMessageMicros;
    private volatile bool _isAsleep;

    /// <summary>Who reads the counters looks seldom, and is to be called when something comes. Any thread.</summary>
    public bool IsAsleep
    {
        get => _isAsleep;
        set
        {
            _isAsleep = value;
            Interlocked.MemoryBarrier();
        }
    }

    /// <summary>Called by the lane's thread when something came while <see cref="IsAsleep"/>; must not block.</summary>
    public Action? Woken { get; set; }

    /// <summary>Samples handed over.</summary>
    public long Samples => Volatile.Read(ref _samples);

    /// <summary>Values left out since there is no room for their signals; a message of a refused topic counts as one.</summary>
    public long SignalsRefused => Volatile.Read(ref _signalsRefused);

    /// <summary>Messages whose topics belong to other workers of the connection.</summary>
    public long LeftToOthers => Volatile.Read(ref _leftToOthers);

    /// <summary>Messages left out because the connection itself publishes to their topics.</summary>
    public long OwnMessages => Volatile.Read(ref _ownMessages);

    /// <summary>When the newest message came, in microseconds since 1970; zero before the first.</summary>
    public long LastMessageMicros => Volatile.Read(ref _lastMessageMicros);

    public Dictionary<string, long> GetDecodeFailures()
    {
        var failures = new Dictionary<string, long>(_decodeFailures.Length);
        for (int i = 0; i < _decodeFailures.Length; i++)
            failures.Add(IngestOutcomes.DecodeFailures[i].Code, Volatile.Read(ref _decodeFailures[i]));

        return failures;
    }

    public void AddSamples(long count) => Volatile.Write(ref _samples, _samples + count);

    public void AddRefused(long count) => Volatile.Write(ref _signalsRefused, _signalsRefused + count);

    public void AddLeftToOthers(long count) => Volatile.Write(ref _leftToOthers, _leftToOthers + count);

    public void AddOwnMessages(long count) => Volatile.Write(ref _ownMessages, _ownMessages + count);

    public void SetLastMessage(long micros) => Volatile.Write(ref _lastMessageMicros, micros);

    /// <summary>Something came, and is counted.</summary>
    public void Wake()
    {
        // Either who falls asleep sees what is counted, or we see that they sleep.
        Interlocked.MemoryBarrier();
        if (_isAsleep)
            Woken?.Invoke();
    }

    public void AddFailure(IngestOutcome failure)
    {
        ref long counter = ref _decodeFailures[IngestOutcomes.IndexOf(failure)];
        Volatile.Write(ref counter, counter + 1);
    }
}
