using System.Text;
using System.Text.Unicode;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>What the properties of a message we send must comply with (MQTT 5.0, 3.3.2.3 and 3.1.3.2). Pure.</summary>
internal static class MessagePropertyRules
{
    // Identifier and length prefix.
    private const int TextOverhead = 1 + 2;

    private static readonly TimeSpan LongestExpiry = TimeSpan.FromSeconds(uint.MaxValue);

    /// <summary>What is wrong, as a sentence; null if nothing.</summary>
    public static string? Error(MessageProperties properties, ReadOnlySpan<byte> payload)
    {
        if (ReferenceEquals(properties, MessageProperties.None))
            return null;
        if (properties.IsText && !Utf8.IsValid(payload))
            return "The message is marked as text, but is not well-formed UTF-8.";
        // A message that has expired already would reach nobody.
        if (properties.Expiry is { } expiry && (expiry <= TimeSpan.Zero || expiry > LongestExpiry))
            return "The message expiry must be more than zero, and 4,294,967,295 seconds at most.";
        if (properties.ContentType is { } contentType && !MqttText.IsValid(contentType))
            return "The content type is no text that MQTT can carry.";
        if (properties.ResponseTopic is { } responseTopic && MqttTopic.NameError(responseTopic) is { } topicError) // [MQTT-3.3.2-13] [MQTT-3.3.2-14]
            return $"The response topic cannot be used: {topicError}";
        if (properties.CorrelationData.Length > MqttText.MaximumLengthBytes)
            return "The correlation data is longer than 65,535 bytes.";
        for (var i = 0; i < properties.UserProperties.Count; i++)
        {
            var (name, value) = properties.UserProperties[i];
            if (name is null || value is null || !MqttText.IsValid(name) || !MqttText.IsValid(value))
                return "A user property is no text that MQTT can carry.";
        }

        return null;
    }

    /// <summary>Bytes of the properties as sent, without their length field.</summary>
    public static long Size(MessageProperties properties)
    {
        if (ReferenceEquals(properties, MessageProperties.None))
            return 0;
        long size = properties.IsText ? 2 : 0;
        size += properties.Expiry is null ? 0 : 1 + sizeof(uint);
        size += properties.ContentType is { Length: > 0 } contentType ? TextSize(contentType) : 0;
        size += properties.ResponseTopic is { } responseTopic ? TextSize(responseTopic) : 0;
        size += properties.CorrelationData.IsEmpty ? 0 : TextOverhead + properties.CorrelationData.Length;
        for (var i = 0; i < properties.UserProperties.Count; i++)
        {
            var (name, value) = properties.UserProperties[i];
            size += TextSize(name) + 2 + Encoding.UTF8.GetByteCount(value);
        }

        return size;
    }

    private static int TextSize(string text) => TextOverhead + Encoding.UTF8.GetByteCount(text);
}
