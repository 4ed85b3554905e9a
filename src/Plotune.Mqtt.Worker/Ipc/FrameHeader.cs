using System.Buffers.Binary;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>The eight bytes before every body: u32 body length, u8 kind, three zero bytes. All integers of the pipe are little-endian.</summary>
public static class FrameHeader
{
    public const int Length = 8;

    /// <summary>Longest body accepted and sent: 32 MiB.</summary>
    public const int MaximumBodyLength = 32 << 20;

    /// <exception cref="ArgumentOutOfRangeException">The body is longer than <see cref="MaximumBodyLength"/>.</exception>
    public static void Write(Span<byte> destination, FrameKind kind, int bodyLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodyLength, MaximumBodyLength);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, (uint)bodyLength | ((ulong)(byte)kind << 32));
    }

    /// <exception cref="FrameException">The length is past the cap, or the reserved bytes are not zero.</exception>
    public static (FrameKind Kind, int BodyLength) Read(ReadOnlySpan<byte> source)
    {
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(source);
        if (header >> 40 != 0)
            throw new FrameException("A frame's reserved bytes are not zero; the stream is out of step.");

        uint length = (uint)header;
        if (length > MaximumBodyLength)
            throw new FrameException($"A frame claims {length} bytes; at most {MaximumBodyLength} are allowed.");

        return ((FrameKind)(byte)(header >> 32), (int)length);
    }
}
