using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What a topic filter does not go together with in a connection whose workers, or whose group, share it.</summary>
internal static class SharingRules
{
    /// <returns>The topic's member and what is wrong with it, as a sentence.</returns>
    public static IEnumerable<(string Member, string Message)> FaultsOf(TopicFilterConfig topic, string shareGroup, int workers)
    {
        if (topic.NoLocal && (topic.IsShared || shareGroup.Length > 0)) yield return ("noLocal", "cannot be combined with a shared subscription"); // [MQTT-3.8.3-4]
        if (topic.IsShared)
        {
            if (shareGroup.Length > 0) yield return ("filter", "names a group of its own; leave shareGroup empty, or write the filter without $share");
            else if (workers > 1) yield return ("filter", "is shared: with several workers the group is named in shareGroup, and the filter is written without $share");
        }
        else if (shareGroup.Length > 0 && MqttTopic.FilterError(topic.SharedBy(shareGroup)) is { } error)
        {
            yield return ("filter", $"does not fit with shareGroup in front of it: {error}");
        }
    }
}
