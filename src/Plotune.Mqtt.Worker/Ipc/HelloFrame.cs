using System.Buffers.Binary;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>First frame in both directions: u32 contract version, u32 process id of the sender.</summary>
public readonly record struct HelloFrame(int Version, int ProcessId)
{
    /// <summary>Version of the contract this build speaks. Two ends of different versions do not talk.</summary>
    public const int ContractVersion = 3;

    private const int Length = 8;

    /// <summary>The Hello of this process.</summary>
    public static HelloFrame Own => new(ContractVersion, Environment.ProcessId);

    /// <exception cref="FrameException">Not a Hello body. A body that is longer is read: a later version may add to it.</exception>
    public static HelloFrame Read(ReadOnlySpan<byte> body) => body.Length < Length
        ? throw new FrameException($"Hello has {body.Length} bytes instead of {Length}.")
        : new HelloFrame(BinaryPrimitives.ReadInt32LittleEndian(body), BinaryPrimitives.ReadInt32LittleEndian(body[4..]));

    public byte[] ToBody()
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(body, Version);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), ProcessId);
        return body;
    }
}
