using System.Buffers;
using System.IO.Pipelines;
using MQTTnet.Exceptions;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Ends a connection whose next packet is announced to be too large. MQTTnet would buffer it first, up to 256 MiB, even before CONNECT. It reads whole
/// packets, so whatever it has not consumed begins with a fixed header (MQTT 5.0, 2.1). The first must be a CONNECT [MQTT-3.1.0-1], which is known from its
/// first byte. It also ends one that was closed within a packet: MQTTnet would ask for the rest again and again, and keep a core busy with it.
/// </summary>
internal sealed class PacketSizeLimiter(PipeReader inner, BrokerLimits limits, BrokerCounters counters, string who) : PipeReader
{
    private const int MaximumLengthBytes = 4;
    private const byte ConnectHeader = 0x10;
    private const byte TlsHandshake = 0x16;

    private SequencePosition _start;
    private bool _connected;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Check(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result)) return false;
        Check(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _connected |= !consumed.Equals(_start);
        inner.AdvanceTo(consumed, examined);
    }

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
        var buffer = result.Buffer;
        _start = buffer.Start;
        if (buffer.IsEmpty) return result;
        if (!_connected && FirstByte(buffer) is not ConnectHeader and var header) Refuse(buffer, BrokerReason.Protocol, NotMqtt(header));
        var maximum = _connected ? limits.PacketBytes : Math.Min(limits.ConnectBytes, limits.PacketBytes);
        var size = AnnouncedSize(buffer);
        if (size > maximum) Refuse(buffer, BrokerReason.PacketSize, $"It announced a {(_connected ? "packet" : "CONNECT")} larger than {maximum} bytes.");
        if (!result.IsCompleted || (size > 0 && size <= buffer.Length)) return result;
        inner.AdvanceTo(buffer.End);
        throw new MqttCommunicationException("The connection was closed within a packet.");
    }

    private void Refuse(in ReadOnlySequence<byte> buffer, string reason, string text)
    {
        inner.AdvanceTo(buffer.End);
        counters.Refuse(reason, who, text);
        throw new InvalidDataException(text);
    }

    private static byte FirstByte(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.TryPeek(out var first);
        return first;
    }

    private static string NotMqtt(byte header) =>
        header == TlsHandshake ? "It speaks TLS, which this broker does not." : "It did not begin with CONNECT: that is not MQTT.";
}
