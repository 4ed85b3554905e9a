using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>An event that cannot be published, as it is kept in Redis: <c>{"event","reason","time"}</c>; <c>eventBase64</c> instead where it is no text.</summary>
internal static class DeadLetter
{
    /// <summary>Kept per list, the newest.</summary>
    public const int MaximumCount = 10_000;

    /// <summary>Kept of an event that is larger than any that is published; it says so, with the event's size.</summary>
    private const int KeptBytes = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="taken">One with a fault.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static byte[] ToJson(TakenEvent taken, double time)
    {
        var buffer = new ArrayBufferWriter<byte>(taken.Raw.Length + 128);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            var kept = taken.Raw.Length <= EventReader.MaximumBytes ? taken.Raw.Span : taken.Raw.Span[..KeptBytes];
            writer.WriteStartObject();
            if (TextOf(kept) is { } text) writer.WriteString("event", text);
            else writer.WriteBase64String("eventBase64", kept);
            if (kept.Length < taken.Raw.Length) writer.WriteNumber("bytes", taken.Raw.Length);
            writer.WriteString("reason", taken.Fault);
            writer.WriteNumber("time", time);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
