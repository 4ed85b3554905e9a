namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>How many retained messages are kept, and how large: MQTTnet keeps them all. Thread-safe.</summary>
internal sealed class RetainedLedger(int maximumMessages, long maximumBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private long _total;

    public int Count
    {
        get
        {
            lock (_lock) return _bytes.Count;
        }
    }

    public long Bytes
    {
        get
        {
            lock (_lock) return _total;
        }
    }

    /// <returns>False if it must not be kept. An older message on its topic stays.</returns>
    public bool TryKeep(string topic, long bytes)
    {
        lock (_lock)
        {
            var known = _bytes.TryGetValue(topic, out var before);
            if ((!known && _bytes.Count >= maximumMessages) || _total - before + bytes > maximumBytes) return false;
            _bytes[topic] = bytes;
            _total += bytes - before;
            return true;
        }
    }

    /// <summary>An empty message removes its topic [MQTT-3.3.1-6].</summary>
    /// <returns>True: there is always room for less.</returns>
    public bool Remove(string topic)
    {
        lock (_lock)
        {
            if (_bytes.Remove(topic, out var before)) _total -= before;
            return true;
        }
    }
}
