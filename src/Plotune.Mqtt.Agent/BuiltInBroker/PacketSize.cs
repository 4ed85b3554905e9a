using System.Text;
using MQTTnet;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The size of the PUBLISH of MQTT 5.0 that a message becomes (MQTT 5.0, 3.3).</summary>
internal static class PacketSize
{
    /// <summary>Fixed header, topic length, packet identifier, property length, payload format and message expiry.</summary>
    private const long Frame = 1 + 4 + 2 + 2 + 4 + 2 + 5;

    private const long TextProperty = 1 + 2;

    /// <summary>Never less than the true size, and a few bytes more at most: which subscription identifiers will be in it is not known.</summary>
    public static long AtMost(MqttApplicationMessage message)
    {
        var size = Frame + message.Payload.Length + BytesOf(message.Topic);
        if (message.ContentType is { } contentType) size += TextProperty + BytesOf(contentType);
        if (message.ResponseTopic is { } responseTopic) size += TextProperty + BytesOf(responseTopic);
        if (message.CorrelationData is { } correlation) size += TextProperty + correlation.Length;
        foreach (var property in message.UserProperties ?? []) size += TextProperty + 2 + BytesOf(property.Name) + property.ValueBuffer.Length;
        return size;
    }

    private static long BytesOf(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
