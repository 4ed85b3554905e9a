namespace Plotune.Mqtt.Client;

/// <summary>The message a broker publishes when the connection ends without DISCONNECT (MQTT 5.0, 3.1.2.5).</summary>
public sealed record WillMessage(string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QualityOfService = QualityOfService.AtMostOnce, bool Retain = false)
{
    /// <summary>Will Delay Interval, whole seconds; sent in MQTT 5.0 only. (default: none)</summary>
    public TimeSpan Delay { get; init; }

    public MessageProperties Properties { get; init; } = new();
}
