using System.Buffers.Binary;
using System.Text;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What a payload says about a signal: u32 id, then unit and description, each u32 length and bytes, length 0xFFFFFFFF for null (not named).</summary>
public readonly record struct SignalDescriptionFrame(int SignalId, string? Unit, string? Description)
{
    /// <exception cref="FrameException">The bytes do not add up.</exception>
    public static SignalDescriptionFrame Read(ReadOnlySpan<byte> body)
    {
        var fields = new FrameFields(body);
        var frame = new SignalDescriptionFrame(fields.ReadSignalId(), fields.ReadOptionalText(), fields.ReadOptionalText());
        fields.ExpectEnd();
        return frame;
    }

    public byte[] ToBody()
    {
        byte[] body = new byte[4 + TextLength(Unit) + TextLength(Description)];
        BinaryPrimitives.WriteInt32LittleEndian(body, SignalId);
        WriteText(body.AsSpan(4), Unit);
        WriteText(body.AsSpan(4 + TextLength(Unit)), Description);
        return body;
    }

    private static int TextLength(string? text) => 4 + (text is null ? 0 : Encoding.UTF8.GetByteCount(text));

    private static void WriteText(Span<byte> destination, string? text)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, text is null ? FrameFields.NullLength : (uint)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, destination[4..]);
    }
}
