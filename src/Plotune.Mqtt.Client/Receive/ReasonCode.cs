namespace Plotune.Mqtt.Client.Receive;

/// <summary>The Reason Codes the lane itself sends (MQTT 5.0, 2.4).</summary>
internal static class ReasonCode
{
    public const byte MalformedPacket = 0x81;
    public const byte ProtocolError = 0x82;
    public const byte ImplementationSpecificError = 0x83;
    public const byte PacketIdentifierNotFound = 0x92;
    public const byte ReceiveMaximumExceeded = 0x93;
    public const byte TopicAliasInvalid = 0x94;
    public const byte PacketTooLarge = 0x95;
}
