namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Counts WebSocket viewers and refuses those beyond the limit. Thread-safe.</summary>
/// <param name="maximum">Most viewers at a time.</param>
internal sealed class ViewerSlots(int maximum = ViewerSlots.DefaultMaximum, int bufferSamples = SignalViewer.DefaultCapacity)
{
    public const int DefaultMaximum = 1000;

    private int _taken;
    private long _refused;

    public int Maximum => maximum;

    /// <summary>Samples a viewer may be behind before it loses its oldest.</summary>
    public int BufferSamples => bufferSamples;

    public int Taken => Volatile.Read(ref _taken);

    public long Refused => Interlocked.Read(ref _refused);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= maximum) return true;
        Interlocked.Decrement(ref _taken);
        Interlocked.Increment(ref _refused);
        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref _taken);
}
