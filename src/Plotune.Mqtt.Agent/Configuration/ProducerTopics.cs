using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Topics below which bridged variables are published.</summary>
internal static class ProducerTopics
{
    public const string Default = "plotune";

    private const string SharedPrefix = "$share/";

    /// <summary>The topic that a topic or filter stands for as a base: nothing from its first wildcard on, no slash at its end, no <c>$share/group/</c>. Empty if nothing is left.</summary>
    public static string BaseOf(string topic)
    {
        if (topic.StartsWith(SharedPrefix, StringComparison.Ordinal))
        {
            var slash = topic.IndexOf('/', SharedPrefix.Length);
            topic = slash < 0 ? "" : topic[(slash + 1)..];
        }

        var wildcard = topic.AsSpan().IndexOfAny('+', '#');
        if (wildcard >= 0) topic = topic[..(topic.LastIndexOf('/', wildcard) + 1)];
        return topic.TrimEnd('/');
    }

    /// <summary>The topic of a variable.</summary>
    public static string Below(string producerTopic, string name) => $"{producerTopic}/{name}";

    /// <summary>What is wrong with a base, as a sentence; null if nothing.</summary>
    public static string? Error(string producerTopic) =>
        producerTopic.Length == 0 ? "leaves nothing to publish below; write a topic such as plotune" : PublishTopic.Error(producerTopic);
}
