namespace Plotune.Mqtt.Client.Session;

/// <summary>The filters a broker holds for us, and what is missing to those we want. Belongs to the loop.</summary>
internal sealed class SubscriptionBook
{
    private readonly Dictionary<string, TopicSubscription> _held = new(StringComparer.Ordinal);

    public void Clear() => _held.Clear();

    public void Granted(TopicSubscription subscription) => _held[subscription.Filter] = subscription;

    public void Removed(string filter) => _held.Remove(filter);

    /// <summary>What must be sent so that the broker holds exactly <paramref name="wanted"/>. Of a filter listed twice, the last entry counts.</summary>
    public (IReadOnlyList<TopicSubscription> Subscribe, IReadOnlyList<string> Unsubscribe) Difference(IReadOnlyList<TopicSubscription> wanted)
    {
        var byFilter = new OrderedDictionary<string, TopicSubscription>(StringComparer.Ordinal);
        foreach (var subscription in wanted)
            byFilter[subscription.Filter] = subscription;
        return (
            [.. byFilter.Values.Where(subscription => _held.GetValueOrDefault(subscription.Filter) != subscription)],
            [.. _held.Keys.Where(filter => !byFilter.ContainsKey(filter))]);
    }
}
