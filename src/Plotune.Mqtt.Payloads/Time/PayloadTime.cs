using Plotune.Mqtt.Payloads.Json;
using Plotune.Mqtt.Payloads.Raw;

namespace Plotune.Mqtt.Payloads.Time;

/// <summary>The time a payload names, if it can be believed.</summary>
internal static class PayloadTime
{
    private const int LongestText = 64;

    /// <summary>Reads a JSON number as time.</summary>
    /// <returns>False if it is none, or too far from the time of arrival.</returns>
    public static bool TryReadNumber(ReadOnlySpan<byte> json, long arrivalMicros, long toleranceMicros, out long micros)
    {
        var position = 0;
        micros = 0;
        return DecimalNumber.TryReadJson(json, ref position, out var number) && TryRead(number, arrivalMicros, toleranceMicros, out micros);
    }

    public static bool TryRead(in DecimalNumber number, long arrivalMicros, long toleranceMicros, out long micros) =>
        UnixTime.TryRead(number, out micros) && IsPlausible(micros, arrivalMicros, toleranceMicros);

    /// <summary>Reads the content of a JSON string as time: ISO 8601, or a number as text.</summary>
    public static bool TryReadText(scoped ReadOnlySpan<byte> content, bool isEscaped, long arrivalMicros, long toleranceMicros, out long micros)
    {
        micros = 0;
        Span<byte> unescaped = stackalloc byte[LongestText];
        if (isEscaped)
        {
            var length = JsonString.Unescape(content, unescaped, out var cut);
            if (cut)
            {
                return false;
            }

            content = unescaped[..length];
        }

        content = PlainText.Trim(content);
        if (DecimalNumber.TryReadText(content, out var number))
        {
            return TryRead(number, arrivalMicros, toleranceMicros, out micros);
        }

        return Iso8601.TryRead(content, out micros) && IsPlausible(micros, arrivalMicros, toleranceMicros);
    }

    private static bool IsPlausible(long micros, long arrivalMicros, long toleranceMicros)
    {
        // The distance of two longs fits an unsigned one.
        var distance = micros > arrivalMicros ? (ulong)micros - (ulong)arrivalMicros : (ulong)arrivalMicros - (ulong)micros;
        return toleranceMicros >= 0 && distance <= (ulong)toleranceMicros;
    }
}
