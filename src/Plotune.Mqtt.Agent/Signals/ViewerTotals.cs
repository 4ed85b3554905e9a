namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Counts over all viewers. Thread-safe.</summary>
internal sealed class ViewerTotals
{
    private long _dropped;

    /// <summary>Samples lost by viewers that fell behind.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void CountDropped() => Interlocked.Increment(ref _dropped);
}
