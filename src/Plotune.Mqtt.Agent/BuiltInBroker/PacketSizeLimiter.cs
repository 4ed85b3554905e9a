using System.Buffers;
using System.IO.Pipelines;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Ends a connection whose next packet is announced to be too large. MQTTnet would buffer it first, up to 256 MiB, even before CONNECT. It reads whole
/// packets, so whatever it has not consumed begins with a fixed header (MQTT 5.0, 2.1).
/// </summary>
internal sealed class PacketSizeLimiter(PipeReader inner, int maximumBytes, Action refused) : PipeReader
{
    private const int MaximumLengthBytes = 4;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Check(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result)) return false;
        Check(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Whole size of the packet that begins here; zero if that is not known yet, the largest number there is if it is no size.</summary>
    internal static long AnnouncedSize(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out _)) return 0;
        var length = 0L;
        for (var index = 0; index < MaximumLengthBytes; index++)
        {
            if (!reader.TryRead(out var digit)) return 0;
            length |= (long)(digit & 0x7F) << (7 * index);
            if ((digit & 0x80) == 0) return 1 + index + 1 + length;
        }

        return long.MaxValue; // [MQTT-1.5.5-1]: MQTTnet would wait for more, and keep it all
    }

    private ReadResult Check(ReadResult result)
    {
        if (AnnouncedSize(result.Buffer) <= maximumBytes) return result;
        inner.AdvanceTo(result.Buffer.End);
        refused();
        throw new InvalidDataException($"A packet larger than {maximumBytes} bytes was announced.");
    }
}
