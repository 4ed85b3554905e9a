using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Which messages of the logs are asked for; each of its members leaves out what does not fit.</summary>
internal sealed record MessageQuery
{
    /// <summary>Name of a connection; null for all.</summary>
    public string? Connection { get; init; }

    /// <summary>Topic, with <c>*</c> for any characters, case-insensitive; null for all.</summary>
    public string? Match { get; init; }

    /// <summary>An MQTT topic filter without faults; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>One of <see cref="MessageSources.All"/>; null for all.</summary>
    public string? Source { get; init; }

    /// <summary>Most messages answered, the newest.</summary>
    public required int Limit { get; init; }

    /// <summary>Where the last answer ended; null for all that is kept. Not for two questions at a time.</summary>
    public MessageCursor? After { get; init; }

    public bool Takes(LoggedMessage message) =>
        (Connection is null || message.Connection == Connection)
        && (Source is null || message.Source == Source)
        && (Match is null || Wildcard.Matches(Match, message.Topic))
        && (Filter is null || MqttTopic.Matches(Filter, message.Topic));
}
