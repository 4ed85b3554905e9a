using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The stored form of a Redis event source's settings. Members may be added, with a default for files written before; secrets are encrypted.</summary>
/// <remarks>Members are settable since the JSON source generator gives an <c>init</c> member that is missing null or zero instead of its default.</remarks>
internal sealed record StoredRedisSource
{
    public bool Enabled { get; set; } = true;

    public required string Host { get; set; }

    public required int Port { get; set; }

    public required int Database { get; set; }

    public string UserName { get; set; } = "";

    public string Password { get; set; } = "";

    public bool UsesTls { get; set; }

    public StoredTls Tls { get; set; } = new();

    public required string[] Lists { get; set; }

    public required string[] StatusKeys { get; set; }

    public required string[] ControlLists { get; set; }

    public required string[] Connections { get; set; }

    public string TopicPrefix { get; set; } = "";

    public QualityOfService? Qos { get; set; }

    public bool? Retain { get; set; }

    public StoredEventFilter[] Events { get; set; } = [];

    public StoredTopicOverride[] Topics { get; set; } = [];
}

/// <summary>Whether events of one type are published.</summary>
internal sealed record StoredEventFilter(string Type, bool Enabled);

/// <summary>One topic override.</summary>
internal sealed record StoredTopicOverride(string Match, string Topic);
