namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>All sources there ever were since the agent started, or that have something waiting. Thread-safe.</summary>
internal sealed class OutboundSources
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SourceEntry> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, SourceEntry> _byNumber = [];
    private int _lastNumber;

    /// <summary>Takes in what the state file knows.</summary>
    public void Load(IEnumerable<(int Number, string Name)> stored)
    {
        foreach (var (number, name) in stored)
            Add(name, number).IsStored = true;
    }

    public SourceEntry? Find(string name)
    {
        lock (_lock)
            return _byName.GetValueOrDefault(name);
    }

    /// <summary>Finds or makes it.</summary>
    public SourceEntry Get(string name)
    {
        lock (_lock)
            return _byName.GetValueOrDefault(name) ?? Add(name, _lastNumber + 1);
    }

    /// <summary>The source of a stored message; one that nothing else is known of, because the file was damaged, gets a name of its own.</summary>
    public SourceEntry Get(int number)
    {
        lock (_lock)
            return _byNumber.GetValueOrDefault(number) ?? Add($"unknown:{number}", number);
    }

    private SourceEntry Add(string name, int number)
    {
        lock (_lock)
        {
            var source = new SourceEntry(name, number);
            _byName[name] = source;
            _byNumber[number] = source;
            _lastNumber = Math.Max(_lastNumber, number);
            return source;
        }
    }
}
