namespace Plotune.Mqtt.Agent.Signals;

/// <summary>The signals there are, by key, by topic and in the order they came. Guarded by the store's lock.</summary>
internal sealed class SignalCatalog
{
    private readonly Dictionary<string, Signal> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Signal> _byTopic = new(StringComparer.Ordinal);
    private Signal[] _inOrder = [];
    private int _count;
    private long _nextOrdinal;

    public int Count => _count;

    /// <summary>Counts up whenever signals are taken out, so that <see cref="InOrder"/> no longer begins as it did.</summary>
    public int Removals { get; private set; }

    /// <summary>In the order they came. The segment never changes: additions go behind it, a removal makes a new array.</summary>
    public ArraySegment<Signal> InOrder => new(_inOrder, 0, _count);

    public void Add(Signal signal)
    {
        if (_count == _inOrder.Length)
            Array.Resize(ref _inOrder, Math.Max(64, _count * 2));

        signal.Ordinal = _nextOrdinal++;
        _inOrder[_count++] = signal;
        _byKey.Add(signal.Key, signal);
        if (signal.Path.Length == 0)
            _byTopic.TryAdd(signal.Topic, signal);
    }

    public Signal? FindKey(string key) => _byKey.GetValueOrDefault(key);

    public Signal? Find(string name) =>
        FindKey(name) ?? _byTopic.GetValueOrDefault(name) ?? _byKey.GetValueOrDefault(SignalKey.Of(name));

    /// <summary>Index in <see cref="InOrder"/> of the first signal with that ordinal or a higher one.</summary>
    public int IndexOf(long ordinal)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_inOrder[middle].Ordinal < ordinal)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Takes a connection's signals out.</summary>
    public Signal[] Remove(ConnectionSignals owner)
    {
        Signal[] removed = [.. InOrder.Where(signal => signal.Owner == owner)];
        _inOrder = [.. InOrder.Where(signal => signal.Owner != owner)];
        _count = _inOrder.Length;
        Removals++;
        foreach (var signal in removed)
            _byKey.Remove(signal.Key);

        _byTopic.Clear();
        foreach (var signal in InOrder)
        {
            if (signal.Path.Length == 0)
                _byTopic.TryAdd(signal.Topic, signal);
        }

        return removed;
    }
}
