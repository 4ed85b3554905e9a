using System.Buffers.Binary;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Asks for messages of the log: u32 request identifier, i64 the least <see cref="WorkerMessage.Sequence"/> wanted.</summary>
public readonly record struct MessagesRequestFrame(uint RequestId, long From)
{
    private const int Length = 12;

    /// <exception cref="FrameException">Not the body of a request.</exception>
    public static MessagesRequestFrame Read(ReadOnlySpan<byte> body) => body.Length != Length
        ? throw new FrameException($"A request for messages has {body.Length} bytes instead of {Length}.")
        : new MessagesRequestFrame(BinaryPrimitives.ReadUInt32LittleEndian(body), BinaryPrimitives.ReadInt64LittleEndian(body[4..]));

    public byte[] ToBody()
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, RequestId);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(4), From);
        return body;
    }
}
