namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The catalog in the order of its keys, brought up to date when somebody asks: what was added since is sorted and merged in. It has a lock of its own, so that sorting a large
/// catalog holds up nobody who takes samples in. Thread-safe.
/// </summary>
internal sealed class SortedSignals
{
    private static readonly Comparer<Signal> ByKey = Comparer<Signal>.Create(static (a, b) => string.CompareOrdinal(a.Key, b.Key));

    private readonly Lock _lock = new();
    private Signal[] _sorted = [];
    private int _removals;

    /// <param name="inOrder">In the order they came.</param>
    /// <param name="removals">Another number than at the last call means that <paramref name="inOrder"/> does not merely go on from there.</param>
    /// <returns>An array that never changes.</returns>
    public Signal[] Get(ArraySegment<Signal> inOrder, int removals)
    {
        lock (_lock)
        {
            // A caller that was overtaken by others asks with an older view; it gets an array of its own.
            if (removals < _removals || (removals == _removals && inOrder.Count < _sorted.Length))
                return Sorted(inOrder);

            if (removals > _removals)
                _sorted = [];
            _removals = removals;
            if (_sorted.Length < inOrder.Count)
                _sorted = Merge(_sorted, Sorted(inOrder[_sorted.Length..]));
            return _sorted;
        }
    }

    private static Signal[] Sorted(ArraySegment<Signal> signals)
    {
        var sorted = signals.ToArray();
        Array.Sort(sorted, ByKey);
        return sorted;
    }

    private static Signal[] Merge(Signal[] left, Signal[] right)
    {
        var merged = new Signal[left.Length + right.Length];
        int l = 0, r = 0;
        for (var i = 0; i < merged.Length; i++)
            merged[i] = r == right.Length || (l < left.Length && ByKey.Compare(left[l], right[r]) < 0) ? left[l++] : right[r++];

        return merged;
    }
}
