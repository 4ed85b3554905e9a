namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Which keys are taken, for ever: by signals in the catalog and by those of deleted connections. Guarded by the store's lock.</summary>
internal sealed class SignalNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lastSuffix = new(StringComparer.Ordinal);

    /// <summary>Takes a key that was given out before.</summary>
    /// <returns>False if it is taken.</returns>
    public bool TryTake(string key) => _taken.Add(key);

    /// <summary>Gives out the plain key to the first identity that wants it, <c>_2</c>, <c>_3</c> and so on to later ones.</summary>
    public string Take(string topic, string path)
    {
        var key = SignalKey.Of(topic, path);
        if (_taken.Add(key))
            return key;

        ref var suffix = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_lastSuffix, key, out var known);
        if (!known)
            suffix = 1;

        string candidate;
        do
            candidate = $"{key}_{++suffix}";
        while (!_taken.Add(candidate));

        return candidate;
    }
}
