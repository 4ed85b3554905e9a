namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// The bytes read and not yet consumed. Small while the connection is idle, one block under load, larger only while a packet that is larger
/// than a block is really arriving, and back to one block after it.
/// </summary>
/// <remarks>
/// Bytes move only in <see cref="MakeRoom"/>. Arrays are left to the garbage collector instead of a pool: a read that is still pending when the
/// connection is torn down may write into one.
/// </remarks>
internal sealed class ReceiveBuffer
{
    /// <summary>The first array, all that an idle connection has.</summary>
    public const int IdleSize = 16 << 10;

    /// <summary>The largest read.</summary>
    public const int BlockSize = 256 << 10;

    public byte[] Array { get; private set; } = GC.AllocateUninitializedArray<byte>(IdleSize);

    /// <summary>Index of the first byte not consumed.</summary>
    public int Start { get; private set; }

    /// <summary>Index behind the last byte read.</summary>
    public int End { get; private set; }

    public int Length => End - Start;

    /// <summary>How many bytes to read next, at index <see cref="End"/>.</summary>
    public int Room => Math.Min(BlockSize, Array.Length - End);

    public void Consume(int count) => Start += count;

    /// <summary>Notes that <paramref name="count"/> bytes were read to <see cref="End"/>.</summary>
    public void Append(int count) => End += count;

    /// <summary>Makes room for the next read. All memory handed out before is void afterwards.</summary>
    /// <param name="packetSize">Size of the packet whose first bytes are in the buffer, already checked against the limit; zero if not yet known.</param>
    public void MakeRoom(int packetSize)
    {
        bool wasFilled = End == Array.Length;
        int size = NextSize(packetSize, wasFilled);
        if (size != Array.Length)
        {
            byte[] array = GC.AllocateUninitializedArray<byte>(size);
            Array.AsSpan(Start, Length).CopyTo(array);
            Array = array;
        }
        else if (Length > 0 && Start > 0)
        {
            Array.AsSpan(Start, Length).CopyTo(Array);
        }
        End = Length;
        Start = 0;
    }

    // Doubles only when what has arrived fills half of the array, so that a claimed length alone costs nothing.
    private int NextSize(int packetSize, bool wasFilled)
    {
        if (packetSize > Array.Length && Length >= Array.Length / 2)
            return (int)Math.Min(2L * Array.Length, Math.Max(BlockSize, (long)packetSize + IdleSize));
        if (Array.Length > BlockSize && Math.Max(packetSize, Length) <= BlockSize)
            return BlockSize;
        return wasFilled && Array.Length < BlockSize ? BlockSize : Array.Length;
    }
}
