namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The bare tokens NaN, Infinity and -Infinity, which Python writes into what is no JSON then.</summary>
internal static class NonNumbers
{
    private static ReadOnlySpan<byte> NaN => "NaN"u8;

    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    private static ReadOnlySpan<byte> NegativeInfinity => "-Infinity"u8;

    private static ReadOnlySpan<byte> Null => "null"u8;

    /// <summary>The text with null in place of each such token outside of strings; the text itself if there is none. It need not be JSON otherwise.</summary>
    public static ReadOnlySpan<byte> ToNull(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf(NaN) < 0 && text.IndexOf(Infinity) < 0) return text;
        // "NaN" grows by one byte.
        var result = new byte[text.Length + (text.Length / NaN.Length) + 1];
        var length = 0;
        var inString = false;
        for (var at = 0; at < text.Length;)
        {
            var token = inString ? 0 : TokenLength(text[at..]);
            if (token > 0)
            {
                Null.CopyTo(result.AsSpan(length));
                length += Null.Length;
                at += token;
                continue;
            }

            if (text[at] == '"') inString = !inString;
            else if (inString && text[at] == '\\' && at + 1 < text.Length) result[length++] = text[at++];
            result[length++] = text[at++];
        }

        return result.AsSpan(0, length);
    }

    private static int TokenLength(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'N' when text.StartsWith(NaN) => NaN.Length,
        (byte)'I' when text.StartsWith(Infinity) => Infinity.Length,
        (byte)'-' when text.StartsWith(NegativeInfinity) => NegativeInfinity.Length,
        _ => 0,
    };
}
