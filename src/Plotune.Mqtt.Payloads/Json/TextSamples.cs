namespace Plotune.Mqtt.Payloads.Json;

/// <summary>Text samples, cut at the limit.</summary>
internal static class TextSamples
{
    /// <param name="content">A plain text, or the content of a JSON string; well-formed UTF-8.</param>
    public static void Add(DecodedMessage message, int signalId, ReadOnlySpan<byte> content, bool isEscaped, int maximumBytes)
    {
        var room = message.ReserveText(Math.Min(content.Length, maximumBytes));
        if (isEscaped)
        {
            message.AddText(signalId, JsonString.Unescape(content, room, out var cut), cut);
            return;
        }

        var length = Utf8Text.CutLength(content, maximumBytes);
        content[..length].CopyTo(room);
        message.AddText(signalId, length, cut: length < content.Length);
    }
}
