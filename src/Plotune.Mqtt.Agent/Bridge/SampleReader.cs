using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>
/// Turns a message of a source into what is published. The value is copied as it was written, so that numbers keep their digits and everything its type; pure.
/// Of an object with <c>value</c> (or <c>val</c>) that member is the value, else the whole of it; <c>timestamp</c> (or <c>time</c>) is its time.
/// What is no JSON is a text.
/// </summary>
internal static class SampleReader
{
    private const int LongestTime = 64;
    private const decimal MicrosPerSecond = 1_000_000;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = int.MaxValue };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    private static ReadOnlySpan<byte> ValueStart => "{\"value\":"u8;

    private static ReadOnlySpan<byte> TimestampStart => ",\"timestamp\":"u8;

    /// <param name="message">A text or binary message, whole.</param>
    /// <param name="arrivalMicros">Stands in for a time that is missing or no number; microseconds since 1970.</param>
    /// <param name="sample">Of use only if there is no fault.</param>
    public static SampleFault Read(ReadOnlySpan<byte> message, long arrivalMicros, out BridgeSample sample)
    {
        sample = default;
        if (message.StartsWith(ByteOrderMark)) message = message[ByteOrderMark.Length..];
        if (message.Trim(Blanks).IsEmpty) return SampleFault.Empty;
        if (!Utf8.IsValid(message)) return SampleFault.NotText;
        var json = NonNumbers.ToNull(message);
        sample = TryReadJson(json, out var value, out var timeMicros)
            ? Make(json[value], timeMicros, arrivalMicros)
            : Make(Quote(message), null, arrivalMicros);
        return SampleFault.None;
    }

    private static BridgeSample Make(ReadOnlySpan<byte> value, long? timeMicros, long arrivalMicros)
    {
        var payload = new byte[ValueStart.Length + value.Length + TimestampStart.Length + SampleJson.MaximumTimestampBytes + 1];
        ValueStart.CopyTo(payload);
        var length = ValueStart.Length;
        value.CopyTo(payload.AsSpan(length));
        length += value.Length;
        TimestampStart.CopyTo(payload.AsSpan(length));
        length += TimestampStart.Length;
        length += SampleJson.WriteTimestamp(payload.AsSpan(length), timeMicros ?? arrivalMicros);
        payload[length++] = (byte)'}';
        return new BridgeSample(payload.AsMemory(0, length), NumberOf(value), timeMicros);
    }

    private static bool TryReadJson(ReadOnlySpan<byte> json, out Range value, out long? timeMicros)
    {
        value = default;
        timeMicros = null;
        // Most texts that are no JSON show it at once; finding out by an exception costs a hundred times as much.
        if (!CanStartJson(json.TrimStart(Blanks)[0])) return false;
        try
        {
            var reader = new Utf8JsonReader(json, Strict);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) ReadObject(json, ref reader, out value, out timeMicros);
            else value = Take(ref reader);
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void ReadObject(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, out Range value, out long? timeMicros)
    {
        var start = (int)reader.TokenStartIndex;
        Range? named = null, abbreviated = null;
        long? timestamp = null, time = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberOf(in reader);
            reader.Read();
            var isText = reader.TokenType == JsonTokenType.String;
            var isTime = isText || reader.TokenType == JsonTokenType.Number;
            var content = Take(ref reader);
            switch (member)
            {
                case Member.Value:
                    named = content;
                    break;
                case Member.Val:
                    abbreviated = content;
                    break;
                case Member.Timestamp:
                    timestamp = isTime ? TimeOf(json[content], isText) : null;
                    break;
                case Member.Time:
                    time = isTime ? TimeOf(json[content], isText) : null;
                    break;
            }
        }

        value = named ?? abbreviated ?? (start..(int)reader.BytesConsumed);
        timeMicros = timestamp ?? time;
    }

    private static Range Take(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    private static Member MemberOf(in Utf8JsonReader reader)
    {
        try
        {
            if (reader.ValueTextEquals("value"u8)) return Member.Value;
            if (reader.ValueTextEquals("val"u8)) return Member.Val;
            if (reader.ValueTextEquals("timestamp"u8)) return Member.Timestamp;
            return reader.ValueTextEquals("time"u8) ? Member.Time : Member.Other;
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair is none of these.
            return Member.Other;
        }
    }

    /// <summary>A number, also one within quotes: seconds since 1970, or ms, µs or ns if it would be beyond the year 5000 otherwise, as everywhere in this program.</summary>
    private static long? TimeOf(ReadOnlySpan<byte> token, bool isText)
    {
        if (isText) token = token[1..^1].Trim(Blanks);
        if (token.Length is 0 or > LongestTime || !Utf8Parser.TryParse(token, out decimal time, out var consumed) || consumed != token.Length) return null;
        var micros = Math.Abs(time) switch
        {
            < 1e11m => time * MicrosPerSecond,
            < 1e14m => time * 1000,
            < 1e17m => time,
            _ => time / 1000,
        };
        micros = Math.Round(micros, MidpointRounding.AwayFromZero);
        return Math.Abs(micros) < long.MaxValue ? (long)micros : null;
    }

    private static double NumberOf(ReadOnlySpan<byte> value) =>
        (value[0] == '-' || char.IsAsciiDigit((char)value[0])) && Utf8Parser.TryParse(value, out double number, out var consumed) && consumed == value.Length && double.IsFinite(number)
            ? number
            : double.NaN;

    private static ReadOnlySpan<byte> Quote(ReadOnlySpan<byte> text)
    {
        var quoted = new byte[SampleJson.MaximumTextBytes(text.Length)];
        return quoted.AsSpan(0, SampleJson.WriteText(quoted, text));
    }

    private static bool CanStartJson(byte first) => first is (byte)'{' or (byte)'[' or (byte)'"' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' or (>= (byte)'0' and <= (byte)'9');

    private enum Member
    {
        Other,
        Value,
        Val,
        Timestamp,
        Time,
    }
}
