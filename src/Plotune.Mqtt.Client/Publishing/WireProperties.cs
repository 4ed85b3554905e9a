using System.Text;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Properties of a Will that have passed <see cref="MessagePropertyRules"/>, in the words of MQTTnet, which leaves out what is null or zero.</summary>
internal static class WireProperties
{
    public static MqttPayloadFormatIndicator PayloadFormat(MessageProperties properties) =>
        properties.IsText ? MqttPayloadFormatIndicator.CharacterData : MqttPayloadFormatIndicator.Unspecified;

    public static uint ExpirySeconds(MessageProperties properties) => (uint)Math.Ceiling(properties.Expiry.GetValueOrDefault().TotalSeconds);

    public static string? ContentType(MessageProperties properties) => properties.ContentType is { Length: > 0 } contentType ? contentType : null;

    public static byte[]? CorrelationData(MessageProperties properties) => properties.CorrelationData.IsEmpty ? null : properties.CorrelationData.ToArray();

    public static List<MqttUserProperty>? UserProperties(MessageProperties properties) => properties.UserProperties.Count == 0
        ? null
        : [.. properties.UserProperties.Select(property => new MqttUserProperty(property.Key, Encoding.UTF8.GetBytes(property.Value).AsMemory()))];
}
