using System.Buffers.Binary;
using System.Text;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>
/// Reports of publishes, in the order they ended. Per report: i64 id, u8 1 if refused; then only u32 length and name, u32 length and sentence.
/// </summary>
public static class PublishReportFrame
{
    private const int DeliveredLength = 8 + 1;

    public static byte[] ToBody(IReadOnlyList<PublishReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        byte[] body = new byte[reports.Sum(LengthOf)];
        Span<byte> rest = body;
        foreach (PublishReport report in reports)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, report.Id);
            rest[8] = report.IsDelivered ? (byte)0 : (byte)1;
            rest = rest[DeliveredLength..];
            if (report.RefusalName is not { } name)
                continue;

            rest = WriteText(WriteText(rest, name), report.Refusal);
        }

        return body;
    }

    /// <exception cref="FrameException">The bytes do not add up.</exception>
    public static IReadOnlyList<PublishReport> Read(ReadOnlySpan<byte> body)
    {
        var reports = new List<PublishReport>(body.Length / DeliveredLength);
        var fields = new FrameFields(body);
        while (!fields.IsAtEnd)
        {
            long id = (long)fields.ReadUInt64();
            reports.Add(fields.ReadByte() switch
            {
                0 => new PublishReport(id),
                1 => new PublishReport(id, fields.ReadText(), fields.ReadText()),
                var outcome => throw new FrameException($"A publish ended with the unknown outcome {outcome}."),
            });
        }

        return reports;
    }

    private static int LengthOf(PublishReport report) =>
        DeliveredLength + (report.RefusalName is { } name ? 4 + Encoding.UTF8.GetByteCount(name) + 4 + Encoding.UTF8.GetByteCount(report.Refusal) : 0);

    private static Span<byte> WriteText(Span<byte> destination, string text)
    {
        int length = Encoding.UTF8.GetBytes(text, destination[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination, length);
        return destination[(4 + length)..];
    }
}
