namespace Plotune.Mqtt.Client.Receive;

/// <summary>What is wrong with a packet. Readers return it, null meaning well-formed, so that finding a fault allocates and throws nothing.</summary>
/// <param name="ReasonCode">Reason Code of the DISCONNECT that answers it.</param>
/// <param name="Message">What was violated, with the clause.</param>
internal sealed record ProtocolViolation(byte ReasonCode, string Message)
{
    public static ProtocolViolation Malformed(string message) => new(Receive.ReasonCode.MalformedPacket, message);

    public static ProtocolViolation ProtocolError(string message) => new(Receive.ReasonCode.ProtocolError, message);

    public MqttProtocolException ToException() => new(ReasonCode, Message);
}
