namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The topic filters of one session; it lives and ends with it. Thread-safe.</summary>
internal sealed class SubscriptionSet(int maximumFilters, int maximumCharacters)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _filters = new(StringComparer.Ordinal);
    private int _characters;

    /// <returns>False if it would be one too many.</returns>
    public bool TryAdd(string filter)
    {
        lock (_lock)
        {
            if (_filters.Contains(filter)) return true;
            if (_filters.Count >= maximumFilters || _characters + filter.Length > maximumCharacters) return false;
            _filters.Add(filter);
            _characters += filter.Length;
            return true;
        }
    }

    public void Remove(string filter)
    {
        lock (_lock)
        {
            if (_filters.Remove(filter)) _characters -= filter.Length;
        }
    }
}
