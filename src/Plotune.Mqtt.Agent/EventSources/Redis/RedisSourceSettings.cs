using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>The validated settings of one Redis event source; immutable, replaced whole. Two are equal if every setting is, secrets and the order of lists included.</summary>
internal sealed record RedisSourceSettings
{
    public const int DefaultPort = 6379;

    /// <summary>Most lists of one source: each one waited on takes a connection to Redis.</summary>
    public const int MaximumLists = 8;

    /// <summary>Unique among event sources; part of the name under which the outbound queues know the source.</summary>
    public required string Name { get; init; }

    /// <summary>Off keeps the settings and leaves Redis alone. (default: on)</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>DNS name or IP address. (default: 127.0.0.1)</summary>
    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = DefaultPort;

    /// <summary>Number of the database. (default: 1)</summary>
    public int Database { get; init; } = 1;

    /// <summary>ACL user; empty is the default user. (default: empty)</summary>
    public string UserName { get; init; } = "";

    public Secret Password { get; init; } = Secret.None;

    /// <summary>Whether TLS is spoken, by <see cref="Tls"/>. (default: off)</summary>
    public bool UsesTls { get; init; }

    public TlsConfig Tls { get; init; } = TlsConfig.Default;

    /// <summary>Lists the events are in, newest on the left.</summary>
    public ValueList<string> Lists { get; init; } = ["nemo_mqtt_events", "NEMO_mqtt_events"];

    /// <summary>Keys that say to the producer whether its events reach the broker.</summary>
    public ValueList<string> StatusKeys { get; init; } = ["nemo_mqtt_bridge_status", "NEMO_mqtt_bridge_status"];

    /// <summary>Lists in which the producer asks for something.</summary>
    public ValueList<string> ControlLists { get; init; } = ["nemo_mqtt_bridge_control", "NEMO_mqtt_bridge_control"];

    /// <summary>Names of the broker connections that each get every event; at least one.</summary>
    public required ValueList<string> Connections { get; init; }

    /// <summary>Levels put before every topic that is not overridden. (default: empty)</summary>
    public string TopicPrefix { get; init; } = "";

    /// <summary>Instead of what the event says. (default: null, as it says)</summary>
    public QualityOfService? QualityOfService { get; init; }

    /// <inheritdoc cref="QualityOfService"/>
    public bool? Retain { get; init; }

    /// <summary>Event types that are switched on or off. (default: none, all are published)</summary>
    public ValueList<EventFilter> Events { get; init; } = [];

    /// <summary>The first that matches counts. (default: none)</summary>
    public ValueList<TopicOverride> Topics { get; init; } = [];

    /// <summary>Where it is, for people.</summary>
    public string Address => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
