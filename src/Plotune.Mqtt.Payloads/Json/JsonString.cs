using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>JSON strings as bytes: where they end, and what they say (RFC 8259 section 7).</summary>
internal static class JsonString
{
    private static readonly SearchValues<byte> Special = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(i => (byte)i)]);

    /// <summary>Position of the first byte from <paramref name="start"/> that ends a run of plain ASCII: a quote, a backslash, a control or a non-ASCII byte; or the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfPlain(ReadOnlySpan<byte> json, int start)
    {
        ref var first = ref MemoryMarshal.GetReference(json);
        var at = start;
        for (; at <= json.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref first, (nuint)at);

            // As signed bytes the controls and everything above ASCII are less than a space.
            var special = Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)' ')).AsByte();
            if (special != Vector128<byte>.Zero)
            {
                return at + int.TrailingZeroCount((int)special.ExtractMostSignificantBits());
            }
        }

        while (at < json.Length && json[at] is not ((byte)'"' or (byte)'\\' or < (byte)' ' or > 0x7F))
        {
            at++;
        }

        return at;
    }

    /// <summary>Position of the closing quote of a string whose content starts at <paramref name="start"/>; -1 if it is no JSON string. UTF-8 is not checked.</summary>
    public static int FindEnd(ReadOnlySpan<byte> json, int start, out bool escaped)
    {
        escaped = false;
        var at = EndOfPlain(json, start);
        while (at < json.Length)
        {
            if (json[at] == '"')
            {
                return at;
            }

            if (json[at] < ' ')
            {
                return -1;
            }

            if (json[at] == '\\')
            {
                escaped = true;
                var length = EscapeLength(json[at..]);
                if (length == 0)
                {
                    return -1;
                }

                at += length;
            }

            var next = json[at..].IndexOfAny(Special);
            if (next < 0)
            {
                return -1;
            }

            at += next;
        }

        return -1;
    }

    /// <summary>
    /// Writes what the content of a string says, as far as whole characters fit. Lone surrogates, which no text can hold, become U+FFFD.
    /// </summary>
    /// <param name="content">Between the quotes; checked by <see cref="FindEnd"/>, and well-formed UTF-8.</param>
    /// <param name="cut">It did not fit.</param>
    public static int Unescape(ReadOnlySpan<byte> content, Span<byte> destination, out bool cut)
    {
        var written = 0;
        cut = false;
        while (content.Length > 0)
        {
            var plain = content.IndexOf((byte)'\\');
            plain = plain < 0 ? content.Length : plain;
            var kept = Utf8Text.CutLength(content[..plain], destination.Length - written);
            content[..kept].CopyTo(destination[written..]);
            written += kept;
            if (kept < plain)
            {
                cut = true;
                return written;
            }

            content = content[plain..];
            if (content.Length == 0)
            {
                return written;
            }

            var character = ReadEscape(ref content);
            if (!character.TryEncodeToUtf8(destination[written..], out var encoded))
            {
                cut = true;
                return written;
            }

            written += encoded;
        }

        return written;
    }

    private static int EscapeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        if (text[1] == 'u')
        {
            return text.Length >= 6 && IsHex(text[2]) && IsHex(text[3]) && IsHex(text[4]) && IsHex(text[5]) ? 6 : 0;
        }

        return text[1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' ? 2 : 0;
    }

    private static Rune ReadEscape(ref ReadOnlySpan<byte> text)
    {
        if (text[1] != 'u')
        {
            var simple = text[1] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                var itself => (char)itself,
            };
            text = text[2..];
            return new Rune(simple);
        }

        var unit = ReadHex(text);
        text = text[6..];
        if (char.IsHighSurrogate(unit) && EscapeLength(text) == 6 && text[0] == '\\' && char.IsLowSurrogate(ReadHex(text)))
        {
            var pair = new Rune(unit, ReadHex(text));
            text = text[6..];
            return pair;
        }

        return char.IsSurrogate(unit) ? Rune.ReplacementChar : new Rune(unit);
    }

    private static char ReadHex(ReadOnlySpan<byte> escape) =>
        (char)((HexValue(escape[2]) << 12) | (HexValue(escape[3]) << 8) | (HexValue(escape[4]) << 4) | HexValue(escape[5]));

    private static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
