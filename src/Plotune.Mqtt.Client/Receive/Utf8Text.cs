using System.Text.Unicode;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>The rules for UTF-8 Encoded Strings and Topic Names (MQTT 5.0, 1.5.4 and 4.7.1).</summary>
internal static class Utf8Text
{
    public static readonly ProtocolViolation IllFormed =
        ProtocolViolation.Malformed("A string is not well-formed UTF-8 [MQTT-1.5.4-1].");

    public static readonly ProtocolViolation NullCharacter =
        ProtocolViolation.Malformed("A string holds the null character U+0000 [MQTT-1.5.4-2].");

    /// <summary>Checks a UTF-8 Encoded String.</summary>
    public static ProtocolViolation? Check(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            return IllFormed;
        return text.Contains((byte)0) ? NullCharacter : null;
    }

    /// <summary>Checks a Topic Name; whether it may be empty is the caller's rule.</summary>
    public static ProtocolViolation? CheckTopicName(ReadOnlySpan<byte> topic, ProtocolViolation wildcard)
    {
        if (!Utf8.IsValid(topic))
            return IllFormed;
        int index = topic.IndexOfAny((byte)0, (byte)'+', (byte)'#');
        if (index < 0)
            return null;
        return topic[index] == 0 ? NullCharacter : wildcard;
    }
}
