using System.Text;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Finds publishes that the protocol or this broker does not allow. Sending one would cost the connection. Pure.</summary>
internal static class PublishRules
{
    /// <param name="size">Size of the packet without an alias, in bytes.</param>
    /// <returns>Null if the message may be sent.</returns>
    public static PublishResult? Refuse(OutboundPublish publish, ServerLimits limits, out int size)
    {
        size = 0;
        if (MqttTopic.NameError(publish.Topic) is { } topicError)
            return Refused("TopicNameInvalid", topicError);
        if (publish.QualityOfService > QualityOfService.ExactlyOnce)
            return Refused("QoSNotSupported", "MQTT has QoS 0, 1 and 2.");
        if (publish.QualityOfService > limits.MaximumQoS) // [MQTT-3.2.2-11]
            return Refused("QoSNotSupported", $"This broker accepts QoS {(int)limits.MaximumQoS} at most. Publish with that.");
        if (publish.Retain && !limits.RetainAvailable) // [MQTT-3.2.2-14]
            return Refused("RetainNotSupported", "This broker does not keep retained messages. Publish without retain.");
        if (limits.Version == MqttProtocolVersion.V500 && MessagePropertyRules.Error(publish.Properties, publish.Payload.Span) is { } propertyError)
            return Refused("MalformedPacket", propertyError);
        var packetSize = PacketSize(publish, limits.Version);
        if (packetSize > limits.MaximumPacketSize) // [MQTT-3.2.2-15]
            return Refused("PacketTooLarge", $"The message makes a packet of {packetSize:N0} bytes; this broker accepts {limits.MaximumPacketSize:N0}.");
        size = (int)packetSize;
        return null;
    }

    /// <summary>Size of the PUBLISH packet, fixed header included (MQTT 5.0, 3.3).</summary>
    internal static long PacketSize(OutboundPublish publish, MqttProtocolVersion version)
    {
        long size = 2 + Encoding.UTF8.GetByteCount(publish.Topic) + (publish.QualityOfService > QualityOfService.AtMostOnce ? 2 : 0) + (long)publish.Payload.Length;
        if (version == MqttProtocolVersion.V500)
        {
            var properties = MessagePropertyRules.Size(publish.Properties);
            size += VariableByteInteger.SizeOf(properties) + properties;
        }

        return 1 + VariableByteInteger.SizeOf(size) + size;
    }

    private static PublishResult Refused(string name, string reason) => new(PublishOutcome.Refused, name, reason);
}
