using System.Globalization;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Deals a connection's work out to its workers, so that all messages of one topic go through one worker, in the broker's order.
/// Without a share group every worker subscribes to every filter and decodes its part of the topics. Of a shared subscription the broker gives the messages
/// of one topic to the members of the group in turn, and MQTT promises no order between members; so every filter is subscribed to by one worker only,
/// and filters that can match the same topic by the same one.
/// </summary>
internal static class WorkerShares
{
    /// <returns>One share per worker that is needed; none if the connection is switched off.</returns>
    public static IReadOnlyList<WorkerShare> Of(BrokerConnectionConfig config)
    {
        if (!config.Enabled) return [];
        if (config.ShareGroup.Length == 0) return [.. Enumerable.Range(0, config.Workers).Select(index => Share(config, index, index, config.Workers, config.Topics))];
        return [.. Deal(config).Select((topics, index) => Share(config, index, 0, 1, topics))];
    }

    /// <summary>Whether a topic may go through another worker than before: the old ones then have to be done before the new ones begin.</summary>
    public static bool TopicsMove(IReadOnlyList<WorkerShare> before, IReadOnlyList<WorkerShare> after)
    {
        if (before.Count == 0 || after.Count == 0) return false;
        return before[0].Parts != after[0].Parts || after.Any(share => before.Any(other => other.Index != share.Index && other.Part == share.Part && Overlap(other, share)));
    }

    /// <summary>Says so where fewer workers are of use than were asked for; null otherwise.</summary>
    public static string? Idle(BrokerConnectionConfig config)
    {
        var used = Of(config with { Enabled = true }).Count;
        if (used >= config.Workers) return null;
        var filters = config.Topics.Count == 1 ? "1 filter" : string.Create(CultureInfo.InvariantCulture, $"{config.Topics.Count} filters");
        return $"A shared subscription of {filters} uses {used} of {config.Workers} workers: filters that can match the same topic stay together, to keep the order of its messages.";
    }

    private static WorkerShare Share(BrokerConnectionConfig config, int index, int part, int parts, ValueList<TopicFilterConfig> topics) =>
        new(index, index == 0 || config.ClientId.Length == 0 ? config.ClientId : string.Create(CultureInfo.InvariantCulture, $"{config.ClientId}-{index + 1}"), part, parts, topics);

    private static IEnumerable<ValueList<TopicFilterConfig>> Deal(BrokerConnectionConfig config)
    {
        if (config.Workers == 1) return [config.Topics];
        var hands = new List<List<TopicFilterConfig>>();
        foreach (var group in GroupByOverlap(config.Topics))
        {
            if (hands.Count < config.Workers) hands.Add(group);
            else hands.MinBy(hand => hand.Count)!.AddRange(group);
        }

        return hands.Count > 0 ? hands.Select(hand => (ValueList<TopicFilterConfig>)[.. hand]) : [[]];
    }

    private static IEnumerable<List<TopicFilterConfig>> GroupByOverlap(ValueList<TopicFilterConfig> topics)
    {
        var groups = new List<List<(TopicFilterConfig Topic, string[] Levels)>>();
        foreach (var topic in topics)
        {
            var levels = TopicOverlap.LevelsOf(topic.Filter);
            var joined = groups.FindAll(group => group.Exists(other => TopicOverlap.Between(other.Levels, levels)));
            var at = joined.Count > 0 ? groups.IndexOf(joined[0]) : groups.Count;
            groups.RemoveAll(joined.Contains);
            groups.Insert(at, [.. joined.SelectMany(group => group), (topic, levels)]);
        }

        return groups.Select(group => group.ConvertAll(entry => entry.Topic));
    }

    private static bool Overlap(WorkerShare one, WorkerShare other) =>
        one.Topics.Any(first => other.Topics.Any(second => TopicOverlap.Between(TopicOverlap.LevelsOf(first.Filter), TopicOverlap.LevelsOf(second.Filter))));
}
