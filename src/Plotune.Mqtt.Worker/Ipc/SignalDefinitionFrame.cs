using System.Buffers.Binary;
using System.Text;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>A signal met for the first time: u32 id, u8 kind, u32 topic length, topic, u32 path length, path.</summary>
/// <param name="Topic">Topic name.</param>
/// <param name="Path">JSON Pointer of the leaf; empty for the topic's own value.</param>
/// <param name="Kind">Kind of the first value.</param>
public readonly record struct SignalDefinitionFrame(int SignalId, string Topic, string Path, SignalValueKind Kind)
{
    private const int FixedLength = 4 + 1 + 4 + 4;

    /// <exception cref="FrameException">The bytes do not add up.</exception>
    public static SignalDefinitionFrame Read(ReadOnlySpan<byte> body)
    {
        var fields = new FrameFields(body);
        int id = fields.ReadSignalId();
        byte kind = fields.ReadByte();
        if (kind > (byte)SignalValueKind.Text)
            throw new FrameException($"Unknown kind of value {kind}.");

        var frame = new SignalDefinitionFrame(id, fields.ReadText(), fields.ReadText(), (SignalValueKind)kind);
        fields.ExpectEnd();
        return frame;
    }

    public byte[] ToBody()
    {
        int topicLength = Encoding.UTF8.GetByteCount(Topic);
        int pathLength = Encoding.UTF8.GetByteCount(Path);
        byte[] body = new byte[FixedLength + topicLength + pathLength];
        BinaryPrimitives.WriteInt32LittleEndian(body, SignalId);
        body[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(5), topicLength);
        Encoding.UTF8.GetBytes(Topic, body.AsSpan(9));
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(9 + topicLength), pathLength);
        Encoding.UTF8.GetBytes(Path, body.AsSpan(13 + topicLength));
        return body;
    }
}
