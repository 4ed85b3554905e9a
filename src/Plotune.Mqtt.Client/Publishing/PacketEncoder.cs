using System.Buffers.Binary;
using System.Text;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Writes the PUBLISH and PUBREL packets of one connection, in the order in which they are sent (MQTT 5.0, 3.3 and 3.6). What it is given has passed
/// <see cref="PublishRules"/>. Allocates nothing. Not thread-safe.
/// </summary>
internal sealed class PacketEncoder(ServerLimits limits)
{
    private const int AliasSize = 3;

    private readonly bool _isVersion5 = limits.Version == MqttProtocolVersion.V500;
    private readonly OutboundTopicAliases? _aliases =
        limits.TopicAliasMaximum > 0 ? new OutboundTopicAliases(limits.TopicAliasMaximum, limits.MaximumPacketSize) : null;

    public void Encode(ReadOnlySpan<OutgoingPacket> packets, PacketBuffer buffer)
    {
        foreach (ref readonly var packet in packets)
        {
            if (packet.Publish is { } publish)
                EncodePublish(in packet, publish, buffer);
            else
                EncodePubRel(in packet, buffer);
        }
    }

    // For a message we do not know, too: it ends the exchange, whatever it was.
    private static void EncodePubRel(in OutgoingPacket packet, PacketBuffer buffer)
    {
        var span = buffer.Append(4);
        span[0] = (byte)PacketType.PubRel << 4 | 0b0010;
        span[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], packet.PacketIdentifier);
    }

    private void EncodePublish(in OutgoingPacket packet, OutboundPublish publish, PacketBuffer buffer)
    {
        var topicLength = Encoding.UTF8.GetByteCount(publish.Topic);
        ushort alias = 0;
        if (_aliases is not null && !packet.KeepsTopic)
        {
            alias = _aliases.Get(publish.Topic, topicLength, packet.Size, out var isKnown);
            if (isKnown)
                topicLength = 0;
        }

        var propertiesLength = 0;
        var remainingLength = 2 + topicLength + (packet.PacketIdentifier != 0 ? 2 : 0) + publish.Payload.Length;
        if (_isVersion5)
        {
            propertiesLength = (int)MessagePropertyRules.Size(publish.Properties) + (alias != 0 ? AliasSize : 0);
            remainingLength += VariableByteInteger.SizeOf(propertiesLength) + propertiesLength;
        }

        var rest = buffer.Append(1 + VariableByteInteger.SizeOf(remainingLength) + remainingLength);
        rest[0] = FirstByte(in packet, publish);
        rest = rest[1..];
        rest = rest[VariableByteInteger.Write(rest, remainingLength)..];
        rest = WriteText(rest, topicLength == 0 ? "" : publish.Topic);
        if (packet.PacketIdentifier != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, packet.PacketIdentifier);
            rest = rest[2..];
        }

        if (_isVersion5)
        {
            rest = rest[VariableByteInteger.Write(rest, propertiesLength)..];
            rest = WriteProperties(rest, publish.Properties, packet.ExpirySeconds, alias);
        }

        publish.Payload.Span.CopyTo(rest);
    }

    // [MQTT-3.3.1-1] [MQTT-3.3.1-2]
    private static byte FirstByte(in OutgoingPacket packet, OutboundPublish publish) =>
        (byte)((int)PacketType.Publish << 4 | (packet.IsAgain ? 0b1000 : 0) | (int)publish.QualityOfService << 1 | (publish.Retain ? 1 : 0));

    private static Span<byte> WriteProperties(Span<byte> rest, MessageProperties properties, uint expirySeconds, ushort alias)
    {
        if (properties.IsText)
        {
            rest[0] = (byte)PropertyIdentifier.PayloadFormatIndicator;
            rest[1] = 1;
            rest = rest[2..];
        }

        if (properties.Expiry is not null)
        {
            rest[0] = (byte)PropertyIdentifier.MessageExpiryInterval;
            BinaryPrimitives.WriteUInt32BigEndian(rest[1..], expirySeconds);
            rest = rest[(1 + sizeof(uint))..];
        }

        if (properties.ContentType is { Length: > 0 } contentType)
            rest = WriteText(Begin(rest, PropertyIdentifier.ContentType), contentType);
        if (properties.ResponseTopic is { } responseTopic)
            rest = WriteText(Begin(rest, PropertyIdentifier.ResponseTopic), responseTopic);
        if (!properties.CorrelationData.IsEmpty)
            rest = WriteBinary(Begin(rest, PropertyIdentifier.CorrelationData), properties.CorrelationData.Span);
        if (alias != 0)
        {
            rest = Begin(rest, PropertyIdentifier.TopicAlias);
            BinaryPrimitives.WriteUInt16BigEndian(rest, alias);
            rest = rest[2..];
        }

        // By index, since an enumerator would be allocated.
        for (var i = 0; i < properties.UserProperties.Count; i++)
        {
            var (name, value) = properties.UserProperties[i];
            rest = WriteText(WriteText(Begin(rest, PropertyIdentifier.UserProperty), name), value);
        }

        return rest;
    }

    private static Span<byte> Begin(Span<byte> rest, PropertyIdentifier identifier)
    {
        rest[0] = (byte)identifier;
        return rest[1..];
    }

    private static Span<byte> WriteText(Span<byte> rest, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)length);
        return rest[(2 + length)..];
    }

    private static Span<byte> WriteBinary(Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)bytes.Length);
        bytes.CopyTo(rest[2..]);
        return rest[(2 + bytes.Length)..];
    }
}
