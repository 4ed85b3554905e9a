using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads the member <c>topics</c> of one connection, and the group they are shared by.</summary>
internal sealed class TopicListReader(MqttDefaults defaults)
{
    private readonly List<TopicFilterConfig> _topics = [];

    // What the entries are called in a fault: those refused are not among the topics, so a place in the list is no name.
    private readonly List<string> _names = [];

    /// <param name="named">A filter that came with the address; null if none did.</param>
    public IReadOnlyList<TopicFilterConfig> Read(JsonFields fields, string? named)
    {
        if (fields.Has("topics")) ReadList(fields);
        else if (named is null && fields.Flag("producer") != true) Add("topics[0]", new TopicFilterConfig(defaults.Topic, defaults.QualityOfService)); // Like the form and the command line: an address alone is enough to see something.
        if (named is not null && !_topics.Exists(topic => topic.Filter == named)) Add("host", new TopicFilterConfig(named, defaults.QualityOfService));
        return _topics;
    }

    public static string ReadShareGroup(JsonFields fields)
    {
        var group = fields.MqttText("shareGroup") ?? "";
        if (!group.AsSpan().ContainsAny('/', '+', '#')) return group;
        fields.Fault("shareGroup", "must not hold / + or #"); // [MQTT-4.8.2-1]
        return "";
    }

    /// <summary>What the topics read do not go together with.</summary>
    public void CheckSharing(string shareGroup, int workers, FaultList faults)
    {
        foreach (var (name, topic) in _names.Zip(_topics))
        {
            foreach (var (member, message) in SharingRules.FaultsOf(topic, shareGroup, workers)) faults.Add(name == "host" ? name : $"{name}.{member}", message);
        }
    }

    private void ReadList(JsonFields fields)
    {
        if (fields.Array("topics") is not { } list) return;
        if (list.GetArrayLength() > TopicFilterConfig.MaximumCount)
        {
            fields.Fault("topics", $"holds more than {TopicFilterConfig.MaximumCount} filters");
            return;
        }

        var index = 0;
        foreach (var entry in list.EnumerateArray()) ReadTopic(entry, $"topics[{index++}]", fields.Faults);
    }

    private void Add(string name, TopicFilterConfig topic)
    {
        _names.Add(name);
        _topics.Add(topic);
    }

    private void ReadTopic(JsonElement entry, string field, FaultList faults)
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
        else if (_topics.Exists(known => known.Filter == filter))
        {
            fields.Fault("filter", $"'{filter}' is there twice");
        }
        else
        {
            Add(field, topic);
        }
    }
}
