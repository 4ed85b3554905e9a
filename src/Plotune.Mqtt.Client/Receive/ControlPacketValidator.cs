using System.Buffers.Binary;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Checks every packet but PUBLISH that a server may send, so that what reaches the decoder is well-formed (MQTT 5.0 and 3.1.1, chapter 3).
/// </summary>
internal static class ControlPacketValidator
{
    private static readonly ProtocolViolation BadLength =
        ProtocolViolation.Malformed("A packet has a length that its type cannot have (MQTT 5.0, chapter 3).");

    private static readonly ProtocolViolation BadFlags =
        ProtocolViolation.Malformed("The flags of a fixed header are not those of its packet type [MQTT-2.1.3-1].");

    private static readonly ProtocolViolation BadType =
        ProtocolViolation.Malformed("A packet has the reserved type 0 (MQTT 5.0, 2.1.2).");

    private static readonly ProtocolViolation NotFromServer =
        ProtocolViolation.ProtocolError("The broker sent a packet that only clients may send (MQTT 5.0, 2.1.2).");

    private static readonly ProtocolViolation NotInVersion4 =
        ProtocolViolation.ProtocolError("The broker sent DISCONNECT or AUTH, which in MQTT 3.1.1 it cannot (3.1.1, 2.2.1).");

    private static readonly ProtocolViolation NoPacketIdentifier =
        ProtocolViolation.ProtocolError("A packet has Packet Identifier 0 [MQTT-2.2.1-4].");

    private static readonly ProtocolViolation BadReasonCode =
        ProtocolViolation.ProtocolError("A packet has a Reason Code that its type cannot have (MQTT 5.0, 2.4).");

    private static readonly ProtocolViolation BadPropertyLength =
        ProtocolViolation.Malformed("The Property Length of a packet does not fit it (MQTT 5.0, 2.2.2.1).");

    private static readonly ProtocolViolation BadConnectFlags =
        ProtocolViolation.Malformed("CONNACK has reserved flags set [MQTT-3.2.2-1].");

    private static readonly ProtocolViolation RefusedWithSession =
        ProtocolViolation.ProtocolError("CONNACK refuses and yet says Session Present [MQTT-3.2.2-6].");

    /// <summary>Checks the first byte of a packet other than PUBLISH.</summary>
    public static ProtocolViolation? CheckFirstByte(byte firstByte, bool isVersion5)
    {
        var type = (PacketType)(firstByte >> 4);
        if (type == 0)
            return BadType;
        if (type is PacketType.Connect or PacketType.Subscribe or PacketType.Unsubscribe or PacketType.PingReq)
            return NotFromServer;
        if ((firstByte & 0x0F) != (type == PacketType.PubRel ? 0b0010 : 0))
            return BadFlags;
        return !isVersion5 && type is PacketType.Disconnect or PacketType.Auth ? NotInVersion4 : null;
    }

    /// <summary>Checks what follows the fixed header; <see cref="CheckFirstByte"/> has passed.</summary>
    /// <param name="properties">What was found in the properties.</param>
    public static ProtocolViolation? CheckBody(PacketType type, ReadOnlySpan<byte> body, bool isVersion5, out PropertySet properties)
    {
        properties = new PropertySet();
        return type switch
        {
            PacketType.ConnAck => isVersion5 ? CheckConnAck5(body, ref properties) : CheckConnAck4(body),
            PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp =>
                isVersion5 ? CheckAcknowledgement5(type, body, ref properties) : CheckIdentifierOnly(body),
            PacketType.SubAck => isVersion5 ? CheckSubAck5(body, ref properties) : CheckSubAck4(body),
            PacketType.UnsubAck => isVersion5 ? CheckIdentifierAndProperties5(type, body, ref properties, out _) : CheckIdentifierOnly(body),
            PacketType.PingResp => body.IsEmpty ? null : BadLength,
            _ => CheckReasonOnly5(type, body, ref properties),
        };
    }

    private static ProtocolViolation? CheckConnAck4(ReadOnlySpan<byte> body)
    {
        if (body.Length != 2)
            return BadLength;
        return body[1] > 5 ? BadReasonCode : CheckConnAckFlags(body);
    }

    private static ProtocolViolation? CheckConnAck5(ReadOnlySpan<byte> body, ref PropertySet properties)
    {
        if (body.Length < 2)
            return BadLength;
        if (CheckConnAckFlags(body) is { } violation)
            return violation;
        // A broker that knows only MQTT 3.1.1 refuses with a CONNACK of its own version, which has no properties and other codes.
        if (body.Length == 2)
            return body[1] is >= 1 and <= 5 || body[1] != 0 && AllowedReasonCodes.Contain(PacketType.ConnAck, body[1]) ? null : BadLength;
        if (!AllowedReasonCodes.Contain(PacketType.ConnAck, body[1]))
            return BadReasonCode;
        // What follows the properties means nothing (3.2.3), and would be no reason to stay without this broker.
        int size = PropertySet.ReadLength(body[2..], out int length);
        return size < 0 ? BadPropertyLength : properties.Check(body.Slice(2 + size, length), PacketType.ConnAck);
    }

    private static ProtocolViolation? CheckConnAckFlags(ReadOnlySpan<byte> body)
    {
        if (body[0] > 1)
            return BadConnectFlags;
        return body[0] == 1 && body[1] != 0 ? RefusedWithSession : null;
    }

    private static ProtocolViolation? CheckIdentifierOnly(ReadOnlySpan<byte> body) =>
        body.Length != 2 ? BadLength : CheckIdentifier(body);

    private static ProtocolViolation? CheckIdentifier(ReadOnlySpan<byte> body) =>
        BinaryPrimitives.ReadUInt16BigEndian(body) == 0 ? NoPacketIdentifier : null;

    private static ProtocolViolation? CheckSubAck4(ReadOnlySpan<byte> body)
    {
        if (body.Length < 3)
            return BadLength;
        foreach (byte code in body[2..])
        {
            if (code is > 2 and not 0x80)
                return BadReasonCode;
        }
        return CheckIdentifier(body);
    }

    // Identifier; then the Reason Code, which Success may leave out; then the properties, whose length of zero may be left out.
    private static ProtocolViolation? CheckAcknowledgement5(PacketType type, ReadOnlySpan<byte> body, ref PropertySet properties)
    {
        if (body.Length < 2)
            return BadLength;
        return CheckIdentifier(body) ?? CheckReasonOnly5(type, body[2..], ref properties);
    }

    private static ProtocolViolation? CheckReasonOnly5(PacketType type, ReadOnlySpan<byte> body, ref PropertySet properties)
    {
        if (body.IsEmpty)
            return null;
        if (!AllowedReasonCodes.Contain(type, body[0]))
            return BadReasonCode;
        return body.Length == 1 ? null : CheckProperties(type, body[1..], ref properties);
    }

    private static ProtocolViolation? CheckSubAck5(ReadOnlySpan<byte> body, ref PropertySet properties)
    {
        if (CheckIdentifierAndProperties5(PacketType.SubAck, body, ref properties, out ReadOnlySpan<byte> codes) is { } violation)
            return violation;
        if (codes.IsEmpty)
            return BadLength;
        foreach (byte code in codes)
        {
            if (!AllowedReasonCodes.Contain(PacketType.SubAck, code))
                return BadReasonCode;
        }
        return null;
    }

    // The codes of an UNSUBACK may be any, or missing as in 3.1.1: whatever they say, we have no use for messages of a filter that we want no longer.
    private static ProtocolViolation? CheckIdentifierAndProperties5(
        PacketType type, ReadOnlySpan<byte> body, ref PropertySet properties, out ReadOnlySpan<byte> codes)
    {
        codes = default;
        if (body.Length < 3)
            return BadLength;
        if (CheckIdentifier(body) is { } violation)
            return violation;
        int size = PropertySet.ReadLength(body[2..], out int length);
        if (size < 0)
            return BadPropertyLength;
        codes = body[(2 + size + length)..];
        return properties.Check(body.Slice(2 + size, length), type);
    }

    // Properties that reach to the end of the packet.
    private static ProtocolViolation? CheckProperties(PacketType type, ReadOnlySpan<byte> source, ref PropertySet properties)
    {
        int size = PropertySet.ReadLength(source, out int length);
        if (size < 0 || size + length != source.Length)
            return BadPropertyLength;
        return properties.Check(source[size..], type);
    }
}
