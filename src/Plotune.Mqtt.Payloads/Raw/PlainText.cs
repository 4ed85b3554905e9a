using System.Text;
using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads.Raw;

/// <summary>Payloads that are not JSON: a bare number or boolean, or a text.</summary>
internal static class PlainText
{
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n\v\f"u8);

    public static bool TryReadNumber(ReadOnlySpan<byte> text, out double number)
    {
        var trimmed = Trim(text);
        if (DecimalNumber.TryReadText(trimmed, out var written))
        {
            number = written.ToDouble(trimmed);
            return true;
        }

        return TryReadNotFinite(trimmed, out number);
    }

    public static bool TryReadBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        var trimmed = Trim(text);
        value = Ascii.EqualsIgnoreCase(trimmed, "true"u8);
        return value || Ascii.EqualsIgnoreCase(trimmed, "false"u8);
    }

    private static bool TryReadNotFinite(ReadOnlySpan<byte> text, out double number)
    {
        var negative = text.Length > 0 && text[0] == '-';
        var name = text.Length > 0 && (text[0] == '-' || text[0] == '+') ? text[1..] : text;
        if (Ascii.EqualsIgnoreCase(name, "nan"u8))
        {
            number = double.NaN;
            return true;
        }

        number = negative ? double.NegativeInfinity : double.PositiveInfinity;
        return Ascii.EqualsIgnoreCase(name, "inf"u8) || Ascii.EqualsIgnoreCase(name, "infinity"u8);
    }
}
