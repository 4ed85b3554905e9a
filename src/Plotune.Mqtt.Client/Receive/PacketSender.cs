using System.Buffers;
using MQTTnet.Channel;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// The only writer of the channel: MQTTnet's packets and the lane's own meet here, one whole packet or batch of packets at a time. Any thread.
/// </summary>
#pragma warning disable CA1001 // A semaphore that is only awaited holds nothing to dispose of, and writes may end after the adapter's disposal.
internal sealed class PacketSender(IMqttChannel channel, MqttPacketFormatterAdapter formatter, TimeProvider timeProvider, LaneLifetime lifetime)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _lastSend = timeProvider.GetTimestamp();
    private long _bytesSent;
    private bool _hasDisconnected;

    /// <summary>When the newest write began, as a timestamp of the time provider.</summary>
    public long LastSend => Volatile.Read(ref _lastSend);

    public long BytesSent => Volatile.Read(ref _bytesSent);

    public void ResetStatistics() => Volatile.Write(ref _bytesSent, 0);

    /// <summary>
    /// Encodes and sends a packet. Cancelling withdraws a packet that waits for its turn; once its first byte is on the way the whole packet
    /// goes out, and only the waiting ends.
    /// </summary>
    public Task SendAsync(MqttPacket packet, CancellationToken cancellationToken) =>
        SendInTurnAsync(packet, default, packet is MqttDisconnectPacket, cancellationToken);

    /// <summary>Sends packets that are bytes already, whole ones only; cancels as the other does.</summary>
    /// <param name="isDisconnect">True if the last of them is DISCONNECT.</param>
    public Task SendAsync(ReadOnlyMemory<byte> packets, bool isDisconnect, CancellationToken cancellationToken) =>
        SendInTurnAsync(null, packets, isDisconnect, cancellationToken);

    private async Task SendInTurnAsync(MqttPacket? packet, ReadOnlyMemory<byte> packets, bool isDisconnect, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_hasDisconnected || lifetime.IsClosing)
        {
            _gate.Release();
            throw Ending();
        }
        _hasDisconnected = isDisconnect;
        await WaitForAsync(WriteAndReleaseAsync(packet, packets), cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAndReleaseAsync(MqttPacket? packet, ReadOnlyMemory<byte> packets)
    {
        try
        {
            if (packet is not null)
                packets = Encode(packet);
            await WriteAsync(packets).ConfigureAwait(false);
        }
        finally
        {
            if (packet is not null)
                formatter.Cleanup();
            _gate.Release();
        }
    }

    private ReadOnlyMemory<byte> Encode(MqttPacket packet)
    {
        MqttPacketBuffer encoded = formatter.Encode(packet);
        return encoded.Payload.IsEmpty ? encoded.Packet : encoded.Join();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> packets)
    {
        try
        {
            Volatile.Write(ref _lastSend, timeProvider.GetTimestamp());
            await channel.WriteAsync(new ReadOnlySequence<byte>(packets), isEndOfPacket: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Part of a packet may be on the wire, so nothing can follow it.
            lifetime.WriteFailed(exception);
            throw;
        }
        // A channel that was closed meanwhile swallows what it is given.
        if (lifetime.IsClosing)
            throw Ending();
        Interlocked.Add(ref _bytesSent, packets.Length);
    }

    private static MqttCommunicationException Ending() => new("The connection is ending; nothing more can be sent on it.");

    private static async Task WaitForAsync(Task write, CancellationToken cancellationToken)
    {
        try
        {
            await write.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!write.IsCompleted)
        {
            // The write goes on; should it fail, the lifetime has the exception.
            _ = write.ContinueWith(static w => _ = w.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }
}
