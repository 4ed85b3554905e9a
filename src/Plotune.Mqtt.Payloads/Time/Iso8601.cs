namespace Plotune.Mqtt.Payloads.Time;

/// <summary>Text as time: ISO 8601 calendar dates in the extended or basic form, with a time of day and an offset or without (then UTC).</summary>
internal static class Iso8601
{
    private const long MicrosPerSecond = 1_000_000;
    private const long MicrosPerMinute = 60 * MicrosPerSecond;
    private const long MicrosPerDay = 24 * 60 * MicrosPerMinute;
    private const int MaximumFractionDigits = 9;

    /// <summary>Microseconds since 1970, to the nearest.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!TryReadDate(ref text, out var date, out var extended))
        {
            return false;
        }

        micros = (date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * MicrosPerDay;
        if (text.Length == 0)
        {
            // Eight digits alone are a number.
            return extended;
        }

        if (text[0] is not ((byte)'T' or (byte)'t' or (byte)' '))
        {
            return false;
        }

        text = text[1..];
        if (!TryReadTimeOfDay(ref text, extended, out var time) || !TryReadOffset(text, out var offset))
        {
            return false;
        }

        micros += time - offset;
        return true;
    }

    private static bool TryReadDate(ref ReadOnlySpan<byte> text, out DateOnly date, out bool extended)
    {
        date = default;
        extended = false;
        if (!TryTakeDigits(ref text, 4, out var year))
        {
            return false;
        }

        extended = TryTake(ref text, (byte)'-');
        if (!TryTakeDigits(ref text, 2, out var month) || (extended && !TryTake(ref text, (byte)'-')) || !TryTakeDigits(ref text, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateOnly(year, month, day);
        return true;
    }

    private static bool TryReadTimeOfDay(ref ReadOnlySpan<byte> text, bool extended, out long micros)
    {
        micros = 0;
        var seconds = 0;
        if (!TryTakeDigits(ref text, 2, out var hours) || (extended && !TryTake(ref text, (byte)':')) || !TryTakeDigits(ref text, 2, out var minutes))
        {
            return false;
        }

        var hasSeconds = extended ? TryTake(ref text, (byte)':') : text.Length > 0 && char.IsAsciiDigit((char)text[0]);
        if (hasSeconds && (!TryTakeDigits(ref text, 2, out seconds) || !TryReadFraction(ref text, out micros)))
        {
            return false;
        }

        // 24:00 is the end of a day, and a second 60 a leap second: both are the instant that follows.
        if (hours > 24 || minutes > 59 || seconds > 60 || (hours == 24 && (minutes > 0 || seconds > 0 || micros > 0)))
        {
            return false;
        }

        micros += ((hours * 60) + minutes) * MicrosPerMinute + (seconds * MicrosPerSecond);
        return true;
    }

    private static bool TryReadFraction(ref ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!TryTake(ref text, (byte)'.') && !TryTake(ref text, (byte)','))
        {
            return true;
        }

        var nanos = 0;
        var digits = 0;
        for (; digits < text.Length && char.IsAsciiDigit((char)text[digits]); digits++)
        {
            if (digits == MaximumFractionDigits)
            {
                return false;
            }

            nanos = (nanos * 10) + (text[digits] - '0');
        }

        for (var i = digits; i < MaximumFractionDigits; i++)
        {
            nanos *= 10;
        }

        text = text[digits..];
        micros = (nanos + 500) / 1000;
        return digits > 0;
    }

    private static bool TryReadOffset(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length == 0)
        {
            return true;
        }

        TryTake(ref text, (byte)' ');
        if (TryTake(ref text, (byte)'Z') || TryTake(ref text, (byte)'z'))
        {
            return text.Length == 0;
        }

        var west = TryTake(ref text, (byte)'-');
        if ((!west && !TryTake(ref text, (byte)'+')) || !TryTakeDigits(ref text, 2, out var hours))
        {
            return false;
        }

        var minutes = 0;
        if (text.Length > 0)
        {
            TryTake(ref text, (byte)':');
            if (!TryTakeDigits(ref text, 2, out minutes) || text.Length > 0)
            {
                return false;
            }
        }

        micros = ((hours * 60) + minutes) * MicrosPerMinute * (west ? -1 : 1);
        return hours < 24 && minutes < 60;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> text, byte character)
    {
        if (text.Length == 0 || text[0] != character)
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    private static bool TryTakeDigits(ref ReadOnlySpan<byte> text, int count, out int value)
    {
        value = 0;
        if (text.Length < count)
        {
            return false;
        }

        foreach (var digit in text[..count])
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        text = text[count..];
        return true;
    }
}
