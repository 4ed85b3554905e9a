namespace Plotune.Mqtt.Agent.Signals;

/// <summary>All taps by key, so that a signal that appears or comes back finds its own. The arrays never change. Guarded by the store's lock.</summary>
internal sealed class TapTable
{
    private readonly Dictionary<string, SignalTap[]> _taps = new(StringComparer.Ordinal);

    public void Add(SignalTap tap) => _taps[tap.Key] = _taps.TryGetValue(tap.Key, out var others) ? [.. others, tap] : [tap];

    public void Remove(SignalTap tap)
    {
        SignalTap[] others = [.. _taps.GetValueOrDefault(tap.Key, []).Where(other => other != tap)];
        if (others.Length > 0) _taps[tap.Key] = others;
        else _taps.Remove(tap.Key);
    }

    /// <returns>Null if there is none.</returns>
    public SignalTap[]? Of(Signal signal)
    {
        if (!_taps.TryGetValue(signal.Key, out var taps)) return null;
        foreach (var tap in taps) tap.Signal = signal;
        return taps;
    }
}
