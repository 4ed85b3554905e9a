using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Reads and checks PUBLISH packets in place (MQTT 5.0 and 3.1.1, 3.3). One reader serves one connection, for the sake of its topic aliases.
/// </summary>
/// <remarks>
/// Topic Name: two bytes of length and UTF-8. Packet Identifier: two bytes, at QoS 1 and 2. Properties: length and set, in 5.0. The rest is payload.
/// </remarks>
internal sealed class PublishReader(bool isVersion5, ushort topicAliasMaximum, LaneSession session)
{
    /// <summary>The most bytes in front of the payload in MQTT 3.1.1: Topic Name and Packet Identifier.</summary>
    public const int LargestHeader4 = 2 + ushort.MaxValue + 2;

    private static readonly ProtocolViolation Truncated =
        ProtocolViolation.Malformed("A PUBLISH is shorter than its own fields (MQTT 5.0, 3.3.2).");

    private static readonly ProtocolViolation QualityOfService3 =
        ProtocolViolation.Malformed("A PUBLISH has both QoS bits set [MQTT-3.3.1-4].");

    private static readonly ProtocolViolation DuplicateAtQualityOfService0 =
        ProtocolViolation.Malformed("A PUBLISH with QoS 0 has the DUP flag set [MQTT-3.3.1-2].");

    private static readonly ProtocolViolation NoPacketIdentifier =
        ProtocolViolation.ProtocolError("A PUBLISH with QoS 1 or 2 has Packet Identifier 0 [MQTT-2.2.1-4].");

    private static readonly ProtocolViolation Wildcard =
        ProtocolViolation.Malformed("A Topic Name holds a wildcard character [MQTT-3.3.2-2].");

    private static readonly ProtocolViolation NoTopic =
        ProtocolViolation.ProtocolError("A PUBLISH has neither a Topic Name nor a Topic Alias [MQTT-4.7.3-1].");

    private static readonly ProtocolViolation BadPropertyLength =
        ProtocolViolation.Malformed("The Property Length of a PUBLISH does not fit the packet (MQTT 5.0, 3.3.2.3.1).");

    private readonly TopicAliases _aliases = new(topicAliasMaximum);

    /// <summary>Reads the PUBLISH whose variable header starts at <paramref name="offset"/>.</summary>
    /// <param name="firstByte">The first byte of the fixed header.</param>
    /// <param name="length">The Remaining Length; the caller has that many bytes.</param>
    /// <param name="publish">Set only if null is returned.</param>
    /// <returns>What is wrong, or null.</returns>
    public ProtocolViolation? Read(byte firstByte, byte[] buffer, int offset, int length, out InboundPublish publish)
    {
        Unsafe.SkipInit(out publish);
        ReadOnlySpan<byte> body = new(buffer, offset, length);
        if (body.Length < 2)
            return Truncated;
        int topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        int position = 2 + topicLength;
        if (position > body.Length)
            return Truncated;
        if (Utf8Text.CheckTopicName(body.Slice(2, topicLength), Wildcard) is { } badTopic)
            return badTopic;

        ushort packetIdentifier = 0;
        if ((firstByte & 0b0110) != 0)
        {
            if ((firstByte & 0b0110) == 0b0110)
                return QualityOfService3;
            if (position + 2 > body.Length)
                return Truncated;
            packetIdentifier = BinaryPrimitives.ReadUInt16BigEndian(body[position..]);
            if (packetIdentifier == 0)
                return NoPacketIdentifier;
            position += 2;
        }
        else if (isVersion5 && (firstByte & 0b1000) != 0)
        {
            // 3.1.1 has the same rule for whoever sends, but no word on what to make of it, and it harms nobody.
            return DuplicateAtQualityOfService0;
        }

        var topic = new ArraySegment<byte>(buffer, offset + 2, topicLength);
        int propertiesLength = 0;
        int propertiesStart = position;
        if (isVersion5)
        {
            // Most messages have no properties: one zero byte.
            if (position < body.Length && body[position] == 0)
                propertiesStart = ++position;
            else if (ReadProperties(body, ref position, out propertiesLength, ref topic) is { } badProperties)
                return badProperties;
            else
                propertiesStart = position - propertiesLength;
        }
        if (topic.Count == 0)
            return NoTopic;

        publish = new InboundPublish(
            (byte)(firstByte & 0x0F), topic, packetIdentifier, buffer, (offset + propertiesStart, propertiesLength), (offset + position, length - position));
        return null;
    }

    private ProtocolViolation? ReadProperties(ReadOnlySpan<byte> body, ref int position, out int length, ref ArraySegment<byte> topic)
    {
        int size = PropertySet.ReadLength(body[position..], out length);
        if (size < 0)
            return BadPropertyLength;
        position += size + length;
        var properties = new PropertySet();
        if (properties.Check(body.Slice(position - length, length), PacketType.Publish, session.MayHoldIdentifiers) is { } violation)
            return violation;
        if (properties.TopicAlias == 0)
            return null;
        return topic.Count == 0 ? _aliases.Resolve(properties.TopicAlias, out topic) : _aliases.Set(properties.TopicAlias, topic);
    }
}
