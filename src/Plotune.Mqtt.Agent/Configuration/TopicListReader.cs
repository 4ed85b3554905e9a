using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads the member <c>topics</c> of a connection, and the group they are shared by.</summary>
internal sealed class TopicListReader(MqttDefaults defaults)
{
    private const int MaximumTopics = 1000;

    /// <param name="named">A filter that came with the address; null if none did.</param>
    public List<TopicFilterConfig> Read(JsonFields fields, string? named)
    {
        var topics = new List<TopicFilterConfig>();
        if (fields.Has("topics")) ReadList(fields, topics);
        else if (named is null && fields.Flag("producer") != true) topics.Add(new TopicFilterConfig(defaults.Topic, defaults.QualityOfService)); // Like the form and the command line: an address alone is enough to see something.
        if (named is not null && !topics.Exists(topic => topic.Filter == named)) topics.Add(new TopicFilterConfig(named, defaults.QualityOfService));
        return topics;
    }

    public static string ReadShareGroup(JsonFields fields)
    {
        var group = fields.MqttText("shareGroup") ?? "";
        if (group.AsSpan().ContainsAny('/', '+', '#')) fields.Fault("shareGroup", "must not hold / + or #"); // [MQTT-4.8.2-1]
        return group;
    }

    /// <summary>What a shared subscription does not go together with.</summary>
    public static void CheckSharing(IReadOnlyList<TopicFilterConfig> topics, string shareGroup, int workers, FaultList faults)
    {
        for (var index = 0; index < topics.Count; index++)
        {
            var topic = topics[index];
            if (topic.NoLocal && (topic.IsShared || shareGroup.Length > 0)) faults.Add($"topics[{index}].noLocal", "cannot be combined with a shared subscription"); // [MQTT-3.8.3-4]
            if (!topic.IsShared) continue;
            if (shareGroup.Length > 0) faults.Add($"topics[{index}].filter", "names a group of its own; leave shareGroup empty, or write the filter without $share");
            else if (workers > 1) faults.Add($"topics[{index}].filter", "is shared: with several workers the group is named in shareGroup, and the filter is written without $share");
        }
    }

    private void ReadList(JsonFields fields, List<TopicFilterConfig> topics)
    {
        if (fields.Array("topics") is not { } list) return;
        if (list.GetArrayLength() > MaximumTopics)
        {
            fields.Fault("topics", $"holds more than {MaximumTopics} filters");
            return;
        }

        var index = 0;
        foreach (var entry in list.EnumerateArray()) ReadTopic(entry, $"topics[{index++}]", topics, fields.Faults);
    }

    private void ReadTopic(JsonElement entry, string field, List<TopicFilterConfig> topics, FaultList faults)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            faults.Add(field, "must be an object with filter and qos");
            return;
        }

        var fields = new JsonFields(entry, field + ".", faults);
        var filter = fields.Text("filter");
        var topic = new TopicFilterConfig(filter ?? "", (QualityOfService?)fields.Number("qos", 0, 2) ?? defaults.QualityOfService)
        {
            RetainHandling = (RetainHandling?)fields.Number("retainHandling", 0, 2) ?? RetainHandling.SendAtSubscribe,
            RetainAsPublished = fields.Flag("retainAsPublished") ?? false,
            NoLocal = fields.Flag("noLocal") ?? false,
        };
        if (filter is null)
        {
            if (!faults.Has(fields.NameOf("filter"))) fields.Fault("filter", "is missing");
        }
        else if (MqttTopic.FilterError(filter) is { } error)
        {
            fields.Fault("filter", error);
        }
        else if (topics.Exists(known => known.Filter == filter))
        {
            fields.Fault("filter", $"'{filter}' is there twice");
        }
        else
        {
            topics.Add(topic);
        }
    }
}
