namespace Plotune.Mqtt.Agent.Signals;

/// <summary>One tap on the signal of a key, whether or not it exists yet; ends when disposed. Thread-safe.</summary>
internal sealed class SignalTap(SignalStore store, string key, ISampleTap target) : IDisposable
{
    private Signal? _signal;

    public string Key => key;

    public ISampleTap Target => target;

    /// <summary>
    /// The signal; null while there was none. A key belongs to one identity for ever, so it never becomes another one. Its connection's lock guards what the tap has taken.
    /// </summary>
    public Signal? Signal
    {
        get => Volatile.Read(ref _signal);
        set => Volatile.Write(ref _signal, value);
    }

    public void Dispose() => store.EndTap(this);
}
