namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Samples per second, from a count looked at now and then rather than from each sample. One thread updates.</summary>
internal sealed class SampleRate
{
    private long _newerCount;
    private long _newerTimestamp;
    private long _olderCount;
    private long _olderTimestamp;
    private double _perSecond;

    /// <summary>Over the last two updates.</summary>
    public double PerSecond => Volatile.Read(ref _perSecond);

    public void Update(long count, long timestamp, long frequency)
    {
        var elapsed = timestamp - _olderTimestamp;
        if (_olderTimestamp != 0 && elapsed > 0)
            Volatile.Write(ref _perSecond, Math.Max(0, count - _olderCount) * (double)frequency / elapsed);

        (_olderCount, _olderTimestamp) = _newerTimestamp == 0 ? (count, timestamp) : (_newerCount, _newerTimestamp);
        (_newerCount, _newerTimestamp) = (count, timestamp);
    }

    public void Reset()
    {
        _newerCount = _newerTimestamp = _olderCount = _olderTimestamp = 0;
        Volatile.Write(ref _perSecond, 0);
    }
}
