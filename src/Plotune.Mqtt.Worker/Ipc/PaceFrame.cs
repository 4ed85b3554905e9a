using System.Buffers.Binary;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>How long messages may gather between two reads of the socket: u32 microseconds, within the limits of <see cref="ReadPause"/>.</summary>
public readonly record struct PaceFrame(TimeSpan Pause)
{
    private const int Length = 4;

    /// <exception cref="FrameException">Not the body of a pace, or no pause that a worker makes.</exception>
    public static PaceFrame Read(ReadOnlySpan<byte> body)
    {
        if (body.Length != Length)
            throw new FrameException($"A pace has {body.Length} bytes instead of {Length}.");

        var pause = TimeSpan.FromMicroseconds((long)BinaryPrimitives.ReadUInt32LittleEndian(body));
        return pause >= ReadPause.Shortest && pause <= ReadPause.Longest
            ? new PaceFrame(pause)
            : throw new FrameException($"A pace of {pause.TotalMilliseconds} ms is none that can be kept.");
    }

    public byte[] ToBody()
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, (uint)Pause.TotalMicroseconds);
        return body;
    }
}
