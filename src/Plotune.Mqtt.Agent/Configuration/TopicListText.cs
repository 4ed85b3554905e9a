using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>A list of topic filters as a person types it: separated by commas or lines, each with an optional <c>:qos</c> at its end.</summary>
internal static class TopicListText
{
    private static readonly char[] Separators = [',', '\n', '\r'];

    /// <summary>Parses <paramref name="text"/>; faults go to <paramref name="faults"/> under <paramref name="field"/>. Repeated filters count once, the last QoS wins.</summary>
    public static List<TopicFilterConfig> Parse(string text, QualityOfService defaultQos, string field, FaultList faults)
    {
        var topics = new List<TopicFilterConfig>();
        foreach (var entry in text.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (filter, qos) = SplitQos(entry, defaultQos);
            if (MqttTopic.FilterError(filter) is { } error)
            {
                faults.Add(field, $"'{filter}': {error}");
                continue;
            }

            Merge(topics, new TopicFilterConfig(filter, qos));
        }

        return topics;
    }

    /// <summary>The first filter of the list, checked or not, without its QoS; null if there is none.</summary>
    public static string? First(string text) =>
        text.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var entry, ..] ? SplitQos(entry, default).Filter : null;

    /// <summary>Adds <paramref name="topic"/>, or gives the same filter its QoS; options that no text can say stay as they are.</summary>
    public static void Merge(List<TopicFilterConfig> topics, TopicFilterConfig topic)
    {
        var at = topics.FindIndex(known => known.Filter == topic.Filter);
        if (at < 0) topics.Add(topic);
        else topics[at] = topics[at] with { QualityOfService = topic.QualityOfService };
    }

    /// <summary><c>plant/#:2</c> is the filter <c>plant/#</c> at QoS 2; any other colon belongs to the filter.</summary>
    private static (string Filter, QualityOfService Qos) SplitQos(string entry, QualityOfService defaultQos) =>
        entry is [.. var filter, ':', >= '0' and <= '2']
            ? (filter.TrimEnd(), (QualityOfService)(entry[^1] - '0'))
            : (entry, defaultQos);
}
