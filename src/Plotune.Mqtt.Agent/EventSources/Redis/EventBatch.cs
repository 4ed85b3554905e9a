namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Events to be handled next, and how many of them are of which list.</summary>
/// <param name="Events">In the order they are to be published.</param>
/// <param name="Counts">By the number of the list.</param>
internal sealed record EventBatch(IReadOnlyList<TakenEvent> Events, IReadOnlyList<int> Counts)
{
    /// <summary>
    /// Merges lists by the time their events tell, each list in its own order. It stops where a list may have older events that are not in work yet, so that two lists with a backlog
    /// are merged over their whole length. An event without a time goes right after the one before it.
    /// </summary>
    public static EventBatch Merge(IReadOnlyList<ListWindow> windows)
    {
        var sources = windows.Select(window => window.Events.ToArray()).ToArray();
        var counts = new int[windows.Count];
        var merged = new List<TakenEvent>();
        while (!IsAnyExhausted() && Oldest() is { } list) merged.Add(sources[list][counts[list]++]);
        return new EventBatch(merged, counts);

        bool IsAnyExhausted()
        {
            for (var i = 0; i < sources.Length; i++)
            {
                if (counts[i] == sources[i].Length && windows[i].HasMore) return true;
            }

            return false;
        }

        int? Oldest()
        {
            int? oldest = null;
            for (var i = 0; i < sources.Length; i++)
            {
                if (counts[i] < sources[i].Length && (oldest is not { } best || TimeAt(i) < TimeAt(best))) oldest = i;
            }

            return oldest;
        }

        double TimeAt(int list) => sources[list][counts[list]].Time ?? double.NegativeInfinity;
    }
}
