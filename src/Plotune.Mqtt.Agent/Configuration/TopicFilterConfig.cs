using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>One topic filter of a connection, without the prefix of a shared subscription.</summary>
internal sealed record TopicFilterConfig(string Filter, QualityOfService QualityOfService = QualityOfService.AtMostOnce)
{
    /// <summary>Most filters of one connection.</summary>
    public const int MaximumCount = 1000;

    private const string SharedPrefix = "$share/";

    /// <summary>When the broker sends retained messages; sent in MQTT 5.0 only. (default: at every subscribe)</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>Keeps the retain flag of messages as they were published; sent in MQTT 5.0 only. (default: off)</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>Leaves out messages this connection published itself; sent in MQTT 5.0 only. (default: off)</summary>
    public bool NoLocal { get; init; }

    /// <summary>Written <c>$share/group/filter</c>, with a group of its own.</summary>
    public bool IsShared => Filter.StartsWith(SharedPrefix, StringComparison.Ordinal);

    /// <summary>The same shared subscription in a group whose name ends in <paramref name="suffix"/>; itself if it is none.</summary>
    public TopicFilterConfig InGroup(string suffix) =>
        IsShared && Filter.IndexOf('/', SharedPrefix.Length) is > 0 and var end ? this with { Filter = Filter.Insert(end, suffix) } : this;

    /// <summary>The filter of a shared subscription (MQTT 5.0, 4.8.2).</summary>
    public string SharedBy(string group) => $"{SharedPrefix}{group}/{Filter}";
}
