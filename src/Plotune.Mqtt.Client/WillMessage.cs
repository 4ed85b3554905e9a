namespace Plotune.Mqtt.Client;

/// <summary>
/// The message a broker publishes when the connection ends without DISCONNECT (MQTT 5.0, 3.1.2.5): when this process dies, the network fails, or one
/// side breaks the protocol. <see cref="BrokerConnection.DisposeAsync"/> withdraws it. What cannot be sent makes the connection
/// <see cref="ConnectionState.Failed"/> with the reason <c>WillInvalid</c>.
/// </summary>
/// <param name="Topic">Topic name, without wildcards.</param>
/// <param name="Payload">65,535 bytes at most.</param>
public sealed record WillMessage(string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QualityOfService = QualityOfService.AtMostOnce, bool Retain = false)
{
    /// <summary>Will Delay Interval, whole seconds; sent in MQTT 5.0 only. (default: none)</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Sent in MQTT 5.0 only.</summary>
    public MessageProperties Properties { get; init; } = new();
}
