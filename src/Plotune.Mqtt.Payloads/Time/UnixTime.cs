using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads.Time;

/// <summary>Numbers as time: s, ms, µs or ns since 1970, told apart by size.</summary>
internal static class UnixTime
{
    private static readonly ulong[] PowersOfTen = [.. Enumerable.Range(0, 20).Select(exponent => (ulong)Math.Pow(10, Math.Min(exponent, 15)) * (ulong)Math.Pow(10, Math.Max(exponent - 15, 0)))];

    /// <summary>Microseconds since 1970, to the nearest (halves away from 1970); false if the number is beyond what they can hold.</summary>
    public static bool TryRead(in DecimalNumber number, out long micros)
    {
        micros = 0;
        if (number.Mantissa == 0)
        {
            return true;
        }

        // |x| < 10^n just if the digits before its point are n or fewer.
        var integerDigits = DigitsOf(number.Mantissa) + number.Exponent;
        var unit = integerDigits switch { <= 11 => 6, <= 14 => 3, <= 17 => 0, _ => -3 };
        var shift = number.Exponent + unit;
        ulong magnitude;
        if (shift >= 0)
        {
            if (shift > 19 || Math.BigMul(number.Mantissa, PowersOfTen[shift], out magnitude) != 0)
            {
                return false;
            }
        }
        else
        {
            magnitude = shift < -19 ? 0 : DivideToNearest(number.Mantissa, PowersOfTen[-shift]);
        }

        if (magnitude > long.MaxValue)
        {
            return false;
        }

        micros = number.IsNegative ? -(long)magnitude : (long)magnitude;
        return true;
    }

    private static ulong DivideToNearest(ulong value, ulong divisor)
    {
        var (quotient, remainder) = Math.DivRem(value, divisor);
        return remainder >= divisor - remainder ? quotient + 1 : quotient;
    }

    private static int DigitsOf(ulong value)
    {
        // 1233/4096 is just above the logarithm of 2 to the base 10.
        var guess = (64 - System.Numerics.BitOperations.LeadingZeroCount(value)) * 1233 >> 12;
        return guess + (guess < 20 && value >= PowersOfTen[guess] ? 1 : 0);
    }
}
