using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>The rules for UTF-8 Encoded Strings and Topic Names (MQTT 5.0, 1.5.4 and 4.7.1).</summary>
internal static class Utf8Text
{
    public static readonly ProtocolViolation IllFormed =
        ProtocolViolation.Malformed("A string is not well-formed UTF-8 [MQTT-1.5.4-1].");

    public static readonly ProtocolViolation NullCharacter =
        ProtocolViolation.Malformed("A string holds the null character U+0000 [MQTT-1.5.4-2].");

    public static readonly ProtocolViolation DisallowedCharacter =
        ProtocolViolation.Malformed("A Topic Name holds a control character or a noncharacter, which a receiver may refuse (MQTT 5.0, 1.5.4).");

    /// <summary>Bytes that topic names do without as a rule: ASCII controls, wildcards, and the lead bytes of what else is disallowed.</summary>
    private static readonly SearchValues<byte> Suspicious = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Select(code => (byte)code), 0x7F, (byte)'+', (byte)'#', 0xC2, 0xEF, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4,
    ]);

    /// <summary>Checks a UTF-8 Encoded String.</summary>
    public static ProtocolViolation? Check(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            return IllFormed;
        return text.Contains((byte)0) ? NullCharacter : null;
    }

    /// <summary>Checks a Topic Name; whether it may be empty is the caller's rule. Refuses the characters a sender should not use, too, as a receiver may.</summary>
    public static ProtocolViolation? CheckTopicName(ReadOnlySpan<byte> topic, ProtocolViolation wildcard)
    {
        if (!Utf8.IsValid(topic))
            return IllFormed;
        int index = topic.IndexOfAny(Suspicious);
        return index < 0 ? null : CheckCharacters(topic[index..], wildcard);
    }

    private static ProtocolViolation? CheckCharacters(ReadOnlySpan<byte> text, ProtocolViolation wildcard)
    {
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(text, out Rune character, out int length);
            switch (character.Value)
            {
                case 0:
                    return NullCharacter;
                case '+' or '#':
                    return wildcard;
                case < 0x20 or >= 0x7F and <= 0x9F or >= 0xFDD0 and <= 0xFDEF:
                    return DisallowedCharacter;
                case var code when (code & 0xFFFE) == 0xFFFE:
                    return DisallowedCharacter;
            }
            text = text[length..];
        }
        return null;
    }
}
