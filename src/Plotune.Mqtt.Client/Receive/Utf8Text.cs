using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
        if (IsPlain(topic))
            return null;
        if (!Utf8.IsValid(topic))
            return IllFormed;
        int index = topic.IndexOfAny(Suspicious);
        return index < 0 ? null : CheckCharacters(topic[index..], wildcard);
    }

    /// <summary>True if all of it is printable ASCII and no wildcard, as nearly every topic name is: the only check that most messages need.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> topic)
    {
        if (topic.Length < Vector128<byte>.Count)
            return IsPlainShort(topic);
        int last = topic.Length - Vector128<byte>.Count;
        for (int offset = 0; offset < last; offset += Vector128<byte>.Count)
        {
            if (!IsPlain(Vector128.Create(topic.Slice(offset, Vector128<byte>.Count))))
                return false;
        }
        return IsPlain(Vector128.Create(topic[last..]));
    }

    // Two overlapping reads hold every byte at least once.
    private static bool IsPlainShort(ReadOnlySpan<byte> topic)
    {
        if (topic.Length >= sizeof(ulong))
            return IsPlain(Vector128.Create(MemoryMarshal.Read<ulong>(topic), MemoryMarshal.Read<ulong>(topic[^sizeof(ulong)..])).AsByte());
        if (topic.Length >= sizeof(uint))
            return IsPlain(Vector128.Create((ulong)MemoryMarshal.Read<uint>(topic) << 32 | MemoryMarshal.Read<uint>(topic[^sizeof(uint)..])).AsByte());
        foreach (byte character in topic)
        {
            if (character is < 0x20 or >= 0x7F or (byte)'+' or (byte)'#')
                return false;
        }
        return true;
    }

    // Bytes from 0x80 on are negative.
    private static bool IsPlain(Vector128<byte> characters)
    {
        Vector128<byte> excluded = Vector128.Equals(characters, Vector128.Create((byte)'+'))
            | Vector128.Equals(characters, Vector128.Create((byte)'#'))
            | Vector128.Equals(characters, Vector128.Create((byte)0x7F));
        return Vector128.AndNot(Vector128.GreaterThan(characters.AsSByte(), Vector128.Create((sbyte)0x1F)).AsByte(), excluded) == Vector128<byte>.AllBitsSet;
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
