namespace Plotune.Mqtt.Client.Receive;

/// <summary>Variable Byte Integer: seven bits a byte, least significant first, at most four bytes (MQTT 5.0, 1.5.5).</summary>
internal static class VariableByteInteger
{
    public const int MaximumSize = 4;

    /// <summary>Reads the integer at the start of <paramref name="source"/>.</summary>
    /// <returns>Bytes it takes; 0 if it goes on beyond the end of <paramref name="source"/>; -1 if it would need a fifth byte.</returns>
    public static int Read(ReadOnlySpan<byte> source, out int value)
    {
        value = 0;
        for (int i = 0; i < MaximumSize; i++)
        {
            if (i >= source.Length)
                return 0;
            value |= (source[i] & 0x7F) << (7 * i);
            if (source[i] < 0x80)
                return i + 1;
        }
        return -1;
    }

    /// <summary>True if a value read from <paramref name="size"/> bytes would have fitted into fewer, which [MQTT-1.5.5-1] forbids.</summary>
    public static bool IsPadded(int value, int size) => size > 1 && value < 1 << (7 * (size - 1));

    /// <summary>Bytes that a value of 0 to 268,435,455 takes.</summary>
    public static int SizeOf(long value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        _ => 4,
    };

    /// <summary>Writes a value of 0 to 268,435,455 [MQTT-1.5.5-1].</summary>
    /// <returns>Bytes it takes.</returns>
    public static int Write(Span<byte> destination, int value)
    {
        int size = 0;
        for (; value >= 0x80; value >>= 7)
            destination[size++] = (byte)(value | 0x80);
        destination[size++] = (byte)value;
        return size;
    }
}
