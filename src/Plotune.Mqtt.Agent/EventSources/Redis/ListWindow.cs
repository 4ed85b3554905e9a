namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>What is known of one list: a copy of its in-work list, oldest first, and how many events wait behind. Not thread-safe.</summary>
internal sealed class ListWindow(RedisKeys keys)
{
    /// <summary>Most events in work.</summary>
    public const int MaximumEvents = 256;

    /// <summary>Bytes of events in work that are aimed at; how large an event is, shows only once it is taken.</summary>
    private const int BytesInWork = 8 << 20;

    private readonly Queue<TakenEvent> _events = [];
    private int _largest = BytesInWork / 16;

    public RedisKeys Keys => keys;

    public IReadOnlyCollection<TakenEvent> Events => _events;

    /// <summary>Events left in the list, as far as known.</summary>
    public long Pending { get; set; }

    /// <summary>The in-work list may hold what this does not: from before this run, or since a command whose answer was lost.</summary>
    public bool IsInDoubt { get; private set; } = true;

    /// <summary>How many events can be in work, by the size of those that came last.</summary>
    public int Capacity => Math.Clamp(BytesInWork / Math.Max(_largest, 1), 1, MaximumEvents);

    /// <summary>How many events to take, once so many of those in work are done.</summary>
    public int WantedAfter(int leaving) => IsInDoubt ? 0 : (int)Math.Min(Pending, Math.Max(0, Capacity - (_events.Count - leaving)));

    /// <summary>There are events behind those in work.</summary>
    public bool HasMore => IsInDoubt || Pending > 0;

    /// <summary>Forgets what is in work; it is to be read anew.</summary>
    public void Doubt()
    {
        _events.Clear();
        IsInDoubt = true;
    }

    /// <summary>Takes what was read of the in-work list.</summary>
    /// <param name="oldestFirst">Its right end.</param>
    /// <param name="isAll">Nothing is left of it to the left.</param>
    public void Recover(IReadOnlyList<TakenEvent> oldestFirst, bool isAll)
    {
        Add(oldestFirst);
        IsInDoubt = !isAll;
    }

    public void Add(IReadOnlyList<TakenEvent> newer)
    {
        if (newer.Count == 0) return;
        foreach (var taken in newer) _events.Enqueue(taken);
        // Half of what was known is kept, so that one large event is remembered for some batches.
        _largest = Math.Max(newer.Max(taken => taken.Raw.Length), _largest / 2);
    }

    /// <summary>The oldest are done.</summary>
    public void Remove(int count)
    {
        for (var i = 0; i < count; i++) _events.Dequeue();
    }
}
