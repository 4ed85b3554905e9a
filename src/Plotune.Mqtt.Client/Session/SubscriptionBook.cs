namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// The filters a broker's session holds for us, as far as we know, and what is missing to those we want. A filter whose answer is outstanding, or never
/// came, is unconfirmed: it may be held, as it was before or as asked for, or not. Belongs to the loop.
/// </summary>
internal sealed class SubscriptionBook
{
    private readonly OrderedDictionary<string, HeldSubscription> _held = new(StringComparer.Ordinal);

    // Unconfirmed, and not held before they were asked for: if refused, they are not held either.
    private readonly HashSet<string> _new = new(StringComparer.Ordinal);

    /// <param name="known">What an earlier connection object knew. Of a filter listed twice, the last entry counts.</param>
    public SubscriptionBook(IReadOnlyList<HeldSubscription> known)
    {
        foreach (var held in known)
            _held[held.Subscription.Filter] = held;
    }

    public IReadOnlyList<HeldSubscription> Held => [.. _held.Values];

    public bool IsEmpty => _held.Count == 0;

    /// <summary>The broker has no session.</summary>
    public void Clear()
    {
        _held.Clear();
        _new.Clear();
    }

    /// <summary>SUBSCRIBE is about to be sent.</summary>
    public void Asking(IEnumerable<TopicSubscription> subscriptions)
    {
        foreach (var subscription in subscriptions)
        {
            if (!_held.ContainsKey(subscription.Filter))
                _new.Add(subscription.Filter);
            _held[subscription.Filter] = new HeldSubscription(subscription, IsConfirmed: false);
        }
    }

    /// <summary>UNSUBSCRIBE is about to be sent, perhaps for filters nothing is known of.</summary>
    public void Ending(IEnumerable<string> filters)
    {
        foreach (var filter in filters)
        {
            if (_held.TryGetValue(filter, out var held))
                _held[filter] = held with { IsConfirmed = false };
        }
    }

    public void Granted(TopicSubscription subscription)
    {
        _new.Remove(subscription.Filter);
        _held[subscription.Filter] = new HeldSubscription(subscription, IsConfirmed: true);
    }

    /// <summary>A broker that refuses a changed subscription may have dropped the old one, or not; asking again is right either way.</summary>
    public void Refused(string filter)
    {
        if (_new.Remove(filter))
            _held.Remove(filter);
    }

    public void Removed(string filter)
    {
        _new.Remove(filter);
        _held.Remove(filter);
    }

    /// <summary>What must be sent so that the broker holds exactly <paramref name="wanted"/>. Of a filter listed twice, the last entry counts.</summary>
    public (IReadOnlyList<TopicSubscription> Subscribe, IReadOnlyList<string> Unsubscribe) Difference(IReadOnlyList<TopicSubscription> wanted)
    {
        var byFilter = new OrderedDictionary<string, TopicSubscription>(StringComparer.Ordinal);
        foreach (var subscription in wanted)
            byFilter[subscription.Filter] = subscription;
        return (
            [.. byFilter.Values.Where(subscription => _held.GetValueOrDefault(subscription.Filter) is not { IsConfirmed: true } held || held.Subscription != subscription)],
            [.. _held.Keys.Where(filter => !byFilter.ContainsKey(filter))]);
    }
}
