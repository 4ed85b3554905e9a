using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>One line of output; its kind comes first.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(ConnectedEvent), "connected")]
[JsonDerivedType(typeof(SubAckEvent), "suback")]
[JsonDerivedType(typeof(UnsubAckEvent), "unsuback")]
[JsonDerivedType(typeof(MessageEvent), "message")]
[JsonDerivedType(typeof(PublishedEvent), "published")]
[JsonDerivedType(typeof(DisconnectedEvent), "disconnected")]
internal abstract record ProbeEvent;

/// <summary>CONNACK accepted us.</summary>
internal sealed record ConnectedEvent(string Protocol, string ClientId, bool SessionPresent) : ProbeEvent;

/// <summary>What SUBACK, or a rule of the protocol before anything was sent, says to a filter.</summary>
internal sealed record SubAckEvent(string Filter) : ProbeEvent
{
    /// <summary>Null if refused.</summary>
    public int? Granted { get; init; }

    public string? ReasonName { get; init; }

    public string? Reason { get; init; }
}

internal sealed record UnsubAckEvent(string Filter, string ReasonName, string? Reason) : ProbeEvent;

/// <summary>A message, written before it is acknowledged.</summary>
internal sealed record MessageEvent(string Topic, int Qos, bool Retained, bool Duplicate) : ProbeEvent
{
    /// <summary>The payload if it is UTF-8, otherwise null.</summary>
    public string? Payload { get; init; }

    /// <summary>The payload in hexadecimal if it is not UTF-8, otherwise null.</summary>
    public string? PayloadHex { get; init; }

    /// <summary>Null without properties, and in MQTT 3.1.1.</summary>
    public MessageEventProperties? Properties { get; init; }
}

/// <summary>Properties of a message (MQTT 5.0, 3.3.2.3).</summary>
internal sealed record MessageEventProperties
{
    public uint? PayloadFormatIndicator { get; set; }

    /// <summary>Seconds.</summary>
    public uint? MessageExpiryInterval { get; set; }

    public uint? TopicAlias { get; set; }

    public string? ResponseTopic { get; set; }

    /// <summary>Hexadecimal.</summary>
    public string? CorrelationData { get; set; }

    public List<uint>? SubscriptionIdentifiers { get; set; }

    public string? ContentType { get; set; }

    /// <summary>Name and value, in order.</summary>
    public List<string[]>? UserProperties { get; set; }
}

/// <summary>How a publish ended: delivered, refused, timedOut or connectionLost.</summary>
internal sealed record PublishedEvent(string Topic, string Outcome) : ProbeEvent
{
    public string? ReasonName { get; init; }

    public string? Reason { get; init; }
}

/// <summary>The end, always the last line.</summary>
/// <param name="Class">stopped, unreachable, refused, endedByBroker, protocolViolation, endedHere or unexpected: what the exit code says.</param>
internal sealed record DisconnectedEvent(string Class, string ReasonName, string Reason) : ProbeEvent;

[JsonSerializable(typeof(ProbeEvent))]
internal sealed partial class ProbeJson : JsonSerializerContext
{
    /// <summary>Escapes what JSON demands and nothing else, for the sake of readers.</summary>
    public static ProbeJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
