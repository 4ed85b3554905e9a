using System.Buffers;
using System.Text;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// Texts as the content of JSON strings in ASCII alone, byte for byte as Python's <c>json.dumps</c> writes them: short escapes where there are any, else <c>\u</c> with lowercase
/// hex, beyond U+FFFF a surrogate pair.
/// </summary>
internal static class AsciiJson
{
    private const string ShortEscapes = "\"\\\b\f\n\r\t";

    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(i => (byte)i).Where(i => i is not ((byte)'"' or (byte)'\\'))]);

    /// <summary>Bytes that <see cref="Write"/> needs for a text.</summary>
    /// <param name="text">Well-formed UTF-8.</param>
    public static long LengthOf(ReadOnlySpan<byte> text)
    {
        long length = 0;
        foreach (var value in text)
        {
            length += value switch
            {
                (byte)'"' or (byte)'\\' or (byte)'\b' or (byte)'\f' or (byte)'\n' or (byte)'\r' or (byte)'\t' => 2,
                < (byte)' ' or 0x7F => 6,
                < 0x7F => 1,

                // What follows the first byte of a character, which has counted for all of it.
                < 0xC0 => 0,
                < 0xF0 => 6,
                _ => 12,
            };
        }

        return length;
    }

    /// <returns>Bytes written.</returns>
    /// <param name="text">Well-formed UTF-8.</param>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var plain = text.IndexOfAnyExcept(Plain);
            if (plain < 0)
            {
                text.CopyTo(destination[written..]);
                return written + text.Length;
            }

            text[..plain].CopyTo(destination[written..]);
            written += plain;
            text = text[plain..];
            Rune.DecodeFromUtf8(text, out var character, out var length);
            text = text[length..];
            written += WriteEscape(character, destination[written..]);
        }
    }

    private static int WriteEscape(Rune character, Span<byte> destination)
    {
        if (character.IsAscii && ShortEscapes.Contains((char)character.Value))
        {
            destination[0] = (byte)'\\';
            destination[1] = character.Value switch
            {
                '\b' => (byte)'b',
                '\f' => (byte)'f',
                '\n' => (byte)'n',
                '\r' => (byte)'r',
                '\t' => (byte)'t',
                var itself => (byte)itself,
            };
            return 2;
        }

        Span<char> units = stackalloc char[2];
        var count = character.EncodeToUtf16(units);
        for (var i = 0; i < count; i++)
        {
            WriteUnit(units[i], destination[(i * 6)..]);
        }

        return count * 6;
    }

    private static void WriteUnit(char unit, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        destination[1] = (byte)'u';
        for (var i = 0; i < 4; i++)
        {
            destination[2 + i] = "0123456789abcdef"u8[(unit >> (12 - (4 * i))) & 0xF];
        }
    }
}
