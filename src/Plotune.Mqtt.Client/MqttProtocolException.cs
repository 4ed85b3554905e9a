namespace Plotune.Mqtt.Client;

/// <summary>The broker sent something the protocol forbids. The message says what, and cites the clause.</summary>
public sealed class MqttProtocolException : MqttException
{
    public MqttProtocolException(byte reasonCode, string message, Exception? innerException = null)
        : base(message, innerException) => ReasonCode = reasonCode;

    /// <summary>Reason Code of the DISCONNECT that answers the violation in MQTT 5.0, such as 0x81 (Malformed Packet).</summary>
    public byte ReasonCode { get; }
}
