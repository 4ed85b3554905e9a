using System.Globalization;
using System.Runtime.CompilerServices;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>A decimal number as written: the mantissa times ten to the exponent. Exact up to 19 significant digits, cut after them.</summary>
internal readonly struct DecimalNumber
{
    private const int MaximumDigits = 19;
    private const int MaximumExponent = 100_000;
    private const ulong LargestExactInteger = 1UL << 53;

    private static readonly double[] PowersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    private DecimalNumber(bool negative, ulong mantissa, int exponent, bool isCut)
    {
        IsNegative = negative;
        Mantissa = mantissa;
        Exponent = exponent;
        IsCut = isCut;
    }

    public bool IsNegative { get; }

    public ulong Mantissa { get; }

    public int Exponent { get; }

    /// <summary>There were more digits than the mantissa holds.</summary>
    public bool IsCut { get; }

    /// <summary>Reads a number of the JSON grammar (RFC 8259 section 6) and moves <paramref name="position"/> behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadJson(ReadOnlySpan<byte> json, ref int position, out DecimalNumber number)
    {
        var at = position;
        var negative = (uint)at < (uint)json.Length && json[at] == '-';
        if (negative)
        {
            at++;
        }

        var integerStart = at;
        ulong mantissa = 0;
        ReadDigits(json, ref at, ref mantissa);
        var integerDigits = at - integerStart;
        if (integerDigits == 0 || (integerDigits > 1 && json[integerStart] == '0'))
        {
            number = default;
            return false;
        }

        var fractionDigits = 0;
        if ((uint)at < (uint)json.Length && json[at] == '.')
        {
            at++;
            var fractionStart = at;
            ReadDigits(json, ref at, ref mantissa);
            fractionDigits = at - fractionStart;
            if (fractionDigits == 0)
            {
                number = default;
                return false;
            }
        }

        var exponent = -fractionDigits;
        if (integerDigits + fractionDigits > MaximumDigits || ((uint)at < (uint)json.Length && (json[at] | 0x20) == 'e'))
        {
            return TryFinishUnusual(json, ref position, at, integerStart, negative, out number);
        }

        position = at;
        number = new DecimalNumber(negative, mantissa, exponent, isCut: false);
        return true;
    }

    /// <summary>Reads a whole text as a number, more freely than JSON: <c>+5</c>, <c>.5</c>, <c>5.</c> and leading zeros are fine.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> text, out DecimalNumber number)
    {
        number = default;
        var negative = text.Length > 0 && text[0] == '-';
        var start = text.Length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
        var end = start;
        var digits = 0;
        var points = 0;
        for (; end < text.Length; end++)
        {
            if (char.IsAsciiDigit((char)text[end]))
            {
                digits++;
            }
            else if (text[end] != '.' || ++points > 1)
            {
                break;
            }
        }

        var position = start;
        return digits > 0 && TryFinishUnusual(text, ref position, end, start, negative, out number) && position == text.Length;
    }

    /// <summary>The nearest double: the same bits as <see cref="double.Parse(ReadOnlySpan{byte}, NumberStyles, IFormatProvider?)"/> gives.</summary>
    /// <param name="written">The number as written, for those that one division or multiplication does not get right.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double ToDouble(ReadOnlySpan<byte> written)
    {
        // Both operands are exact, so the one operation rounds correctly.
        if (Mantissa <= LargestExactInteger && (uint)(Exponent + 22) <= 22 && !IsCut)
        {
            var value = (long)Mantissa / PowersOfTen[-Exponent];
            return IsNegative ? -value : value;
        }

        return double.Parse(written, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadDigits(ReadOnlySpan<byte> json, ref int position, ref ulong mantissa)
    {
        var at = position;
        var value = mantissa;
        while ((uint)at < (uint)json.Length)
        {
            var digit = (uint)(json[at] - '0');
            if (digit > 9)
            {
                break;
            }

            value = (value * 10) + digit;
            at++;
        }

        position = at;
        mantissa = value;
    }

    /// <summary>Many digits, or an exponent: the digits from <paramref name="start"/> to <paramref name="end"/> are read again with care.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryFinishUnusual(ReadOnlySpan<byte> text, ref int position, int end, int start, bool negative, out DecimalNumber number)
    {
        ulong mantissa = 0;
        var exponent = 0;
        var digits = 0;
        var cut = false;
        var afterPoint = false;
        for (var i = start; i < end; i++)
        {
            if (text[i] == '.')
            {
                afterPoint = true;
                continue;
            }

            if (digits == MaximumDigits)
            {
                cut = true;
                exponent += afterPoint ? 0 : 1;
                continue;
            }

            mantissa = (mantissa * 10) + (uint)(text[i] - '0');
            digits += mantissa == 0 ? 0 : 1;
            exponent -= afterPoint ? 1 : 0;
        }

        var written = 0;
        if (end < text.Length && (text[end] | 0x20) == 'e' && !TryReadExponent(text, ref end, out written))
        {
            number = default;
            return false;
        }

        position = end;
        number = new DecimalNumber(negative, mantissa, exponent + written, cut);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, ref int position, out int exponent)
    {
        exponent = 0;
        var at = position + 1;
        var negative = at < text.Length && text[at] == '-';
        if (at < text.Length && (text[at] == '-' || text[at] == '+'))
        {
            at++;
        }

        var start = at;
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            exponent = Math.Min((exponent * 10) + (text[at] - '0'), MaximumExponent);
        }

        exponent = negative ? -exponent : exponent;
        position = at;
        return at > start;
    }
}
