using System.Buffers.Text;
using System.Text;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>How samples are written as JSON: time in seconds with up to six decimals, exact; numbers in the shortest form that reads back the same.</summary>
internal static class SampleJson
{
    /// <summary>Most bytes of a timestamp: sign, 13 digits of seconds, point, six decimals.</summary>
    public const int MaximumTimestampBytes = 21;

    /// <summary>Most bytes of a number, such as <c>-1.7976931348623157E+308</c>.</summary>
    public const int MaximumNumberBytes = 32;

    private const int MicrosPerSecond = 1_000_000;

    private static ReadOnlySpan<byte> TimestampName => "\"timestamp\":"u8;

    private static ReadOnlySpan<byte> ValueName => ",\"value\":"u8;

    private static ReadOnlySpan<byte> HexDigits => "0123456789abcdef"u8;

    /// <summary>Room that <see cref="WriteSample"/> needs at most.</summary>
    public static int MaximumSampleBytes(int textLength) =>
        TimestampName.Length + MaximumTimestampBytes + ValueName.Length + Math.Max(MaximumNumberBytes, MaximumTextBytes(textLength)) + 1;

    /// <summary>Every byte may need six (<c>\u001f</c>), and two quotes.</summary>
    public static int MaximumTextBytes(int textLength) => checked((textLength * 6) + 2);

    /// <summary><c>"timestamp":1766000000.123456,"value":23.4}</c>: without the opening brace, so that a name can be put before it.</summary>
    /// <param name="text">Well-formed UTF-8, for a text.</param>
    public static int WriteSample(Span<byte> destination, long timeMicros, SignalValueKind kind, double number, ReadOnlySpan<byte> text)
    {
        TimestampName.CopyTo(destination);
        var length = TimestampName.Length;
        length += WriteTimestamp(destination[length..], timeMicros);
        ValueName.CopyTo(destination[length..]);
        length += ValueName.Length;
        length += WriteValue(destination[length..], kind, number, text);
        destination[length++] = (byte)'}';
        return length;
    }

    /// <summary>Seconds since 1970, trailing zeros of the decimals left out.</summary>
    public static int WriteTimestamp(Span<byte> destination, long timeMicros)
    {
        var length = 0;
        var magnitude = (ulong)timeMicros;
        if (timeMicros < 0)
        {
            destination[length++] = (byte)'-';
            magnitude = unchecked(0 - magnitude);
        }

        var (seconds, micros) = Math.DivRem(magnitude, MicrosPerSecond);
        Utf8Formatter.TryFormat(seconds, destination[length..], out var written);
        length += written;
        return micros == 0 ? length : length + WriteDecimals(destination[length..], (uint)micros);
    }

    public static int WriteValue(Span<byte> destination, SignalValueKind kind, double number, ReadOnlySpan<byte> text)
    {
        switch (kind)
        {
            case SignalValueKind.Number when double.IsFinite(number):
                return WriteNumber(destination, number);
            case SignalValueKind.Boolean:
                return Copy(destination, number != 0 ? "true"u8 : "false"u8);
            case SignalValueKind.Text:
                return WriteText(destination, text);
            default:
                return Copy(destination, "null"u8);
        }
    }

    /// <summary>A quoted JSON string. Only what JSON requires is escaped (RFC 8259, 7).</summary>
    public static int WriteText(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        var length = 0;
        destination[length++] = (byte)'"';
        foreach (var value in text)
        {
            if (value >= 0x20 && value != '"' && value != '\\')
                destination[length++] = value;
            else
                length += WriteEscaped(destination[length..], value);
        }

        destination[length++] = (byte)'"';
        return length;
    }

    /// <summary>The text itself if it is well-formed UTF-8, otherwise a copy with U+FFFD for what is not.</summary>
    public static byte[] ToWellFormed(ReadOnlySpan<byte> text) =>
        System.Text.Unicode.Utf8.IsValid(text) ? text.ToArray() : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));

    private static int WriteNumber(Span<byte> destination, double number)
    {
        // Most values are small whole numbers, and those format several times faster as integers. Negative zero is left to the slow path.
        var whole = (long)number;
        if (whole == number && Math.Abs(number) < 1e15 && (whole != 0 || !double.IsNegative(number)))
        {
            Utf8Formatter.TryFormat(whole, destination, out var digits);
            return digits;
        }

        number.TryFormat(destination, out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        return written;
    }

    private static int WriteDecimals(Span<byte> destination, uint micros)
    {
        var digits = 6;
        while (micros % 10 == 0)
        {
            micros /= 10;
            digits--;
        }

        destination[0] = (byte)'.';
        for (var i = digits; i > 0; i--)
        {
            destination[i] = (byte)('0' + (micros % 10));
            micros /= 10;
        }

        return digits + 1;
    }

    private static int WriteEscaped(Span<byte> destination, byte value)
    {
        destination[0] = (byte)'\\';
        var shortForm = value switch { (byte)'\n' => 'n', (byte)'\r' => 'r', (byte)'\t' => 't', (byte)'"' => '"', (byte)'\\' => '\\', _ => '\0' };
        if (shortForm != '\0')
        {
            destination[1] = (byte)shortForm;
            return 2;
        }

        "u00"u8.CopyTo(destination[1..]);
        destination[4] = HexDigits[value >> 4];
        destination[5] = HexDigits[value & 15];
        return 6;
    }

    private static int Copy(Span<byte> destination, ReadOnlySpan<byte> literal)
    {
        literal.CopyTo(destination);
        return literal.Length;
    }
}
