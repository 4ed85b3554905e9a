using MQTTnet;
using MQTTnet.Packets;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What a message takes in memory: its payload, its texts, and something for the objects around them. The same for a message and for the packets made of it.</summary>
internal static class MessageSize
{
    private const int Objects = 256;
    private const int PropertyObjects = 96;

    public static long Of(MqttApplicationMessage message) =>
        Of(message.Topic, message.Payload.Length, message.ContentType, message.ResponseTopic, message.CorrelationData, message.UserProperties);

    public static long Of(MqttPublishPacket packet) =>
        Of(packet.Topic, packet.Payload.Length, packet.ContentType, packet.ResponseTopic, packet.CorrelationData, packet.UserProperties);

    private static long Of(string? topic, long payload, string? contentType, string? responseTopic, byte[]? correlationData, List<MqttUserProperty>? properties)
    {
        var size = Objects + payload + TextOf(topic) + TextOf(contentType) + TextOf(responseTopic) + (correlationData?.Length ?? 0);
        if (properties is null) return size;
        foreach (var property in properties) size += TextOf(property.Name) + property.ValueBuffer.Length + PropertyObjects;
        return size;
    }

    private static long TextOf(string? text) => text is null ? 0 : (long)text.Length * sizeof(char);
}
