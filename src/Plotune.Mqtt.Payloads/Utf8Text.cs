namespace Plotune.Mqtt.Payloads;

/// <summary>Well-formed UTF-8 as bytes.</summary>
internal static class Utf8Text
{
    public static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>How many bytes to keep of a text so that no more than <paramref name="limit"/> are kept and no character is broken.</summary>
    public static int CutLength(ReadOnlySpan<byte> text, int limit)
    {
        if (text.Length <= limit)
        {
            return text.Length;
        }

        var length = limit;
        while (length > 0 && (text[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return length;
    }
}
