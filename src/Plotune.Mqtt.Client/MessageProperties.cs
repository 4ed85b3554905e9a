namespace Plotune.Mqtt.Client;

/// <summary>Properties of an application message that its sender chooses (MQTT 5.0, 3.3.2.3); sent in MQTT 5.0 only.</summary>
public sealed record MessageProperties
{
    /// <summary>No property at all.</summary>
    public static MessageProperties None { get; } = new();

    /// <summary>Payload Format Indicator: the payload is UTF-8 text. (default: off)</summary>
    public bool IsText { get; init; }

    /// <summary>Message Expiry Interval, whole seconds; null never expires.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>Content Type; null sends none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Response Topic; null sends none.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>Correlation Data; empty sends none.</summary>
    public ReadOnlyMemory<byte> CorrelationData { get; init; }

    /// <summary>User Properties, in order; names may repeat.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UserProperties { get; init; } = [];
}
