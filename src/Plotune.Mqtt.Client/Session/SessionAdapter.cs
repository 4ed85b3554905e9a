using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Transport;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// Stands between MQTTnet and the receive lane, and keeps what MQTTnet does not tell: how the connection really ended, and DISCONNECT as it came.
/// Sees control packets only; PUBLISH packets end in the lane, and so do the answers to ours.
/// </summary>
internal sealed class SessionAdapter(
    ReceiveLaneAdapter lane, OutboundExchanges exchanges, PublishPipeline publishes, BrokerChannel channel, Action onConnectSent) : IMqttChannelAdapter
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Task _reading = Task.CompletedTask;

    /// <summary>Completes when the connection is of no use any more, whether or not MQTTnet noticed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the lane no longer runs, so that its handler is not called any more.</summary>
    public Task ReadingEnded => _reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    public ConnectionStage Stage { get; private set; }

    public Exception? LaneFault => lane.Fault;

    /// <summary>Everything the broker has sent so far was read.</summary>
    public bool HasReadAll => lane.HasReadAll;

    /// <summary>How far the way to the broker has been opened.</summary>
    public TransportPhase Phase => channel.Phase;

    public bool SentClientCertificate => channel.SentClientCertificate;

    /// <summary>The first bytes the broker sent, to tell what it is.</summary>
    public ReadOnlySpan<byte> FirstBytes => channel.FirstBytes;

    public MqttDisconnectPacket? Disconnect { get; private set; }

    /// <summary>What reading or writing failed with, if it did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The broker ended its direction in good order.</summary>
    public bool EndOfStream { get; private set; }

    public long BytesReceived => lane.BytesReceived;

    public long BytesSent => lane.BytesSent;

    public X509Certificate2 ClientCertificate => lane.ClientCertificate;

    public EndPoint RemoteEndPoint => lane.RemoteEndPoint;

    public EndPoint LocalEndPoint => lane.LocalEndPoint;

    public bool IsSecureConnection => lane.IsSecureConnection;

    public MqttPacketFormatterAdapter PacketFormatterAdapter => lane.PacketFormatterAdapter;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await lane.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failure ??= exception;
            throw;
        }
    }

    /// <summary>Closes in good order if it can be had, in bounded time.</summary>
    public async Task DisconnectAsync(CancellationToken cancellationToken)
    {
        await channel.EndAsync().ConfigureAwait(false);
        await lane.DisconnectAsync(cancellationToken).ConfigureAwait(false);
        _ended.TrySetResult();
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        if (packet is MqttConnectPacket)
        {
            Stage = ConnectionStage.ConnAck;
            onConnectSent();
        }

        // Whoever has not noticed yet would say goodbye to nobody.
        if (Disconnect is not null)
            throw new MqttCommunicationException("The broker has sent DISCONNECT; nothing can be sent any more.");
        exchanges.Sending(packet);
        await KeepFailureAsync(lane.SendPacketAsync(packet, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Sends packets that MQTTnet knows nothing of; whole ones only.</summary>
    public Task SendPacketsAsync(ReadOnlyMemory<byte> packets) => KeepFailureAsync(lane.SendPacketsAsync(packets));

    public Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        var reading = ReceiveAsync(cancellationToken);
        _reading = reading;
        return reading;
    }

    public void ResetStatistics() => lane.ResetStatistics();

    public void Dispose()
    {
        lane.Dispose();
        _ended.TrySetResult();
    }

    private async Task KeepFailureAsync(Task sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Failure ??= exception;
            throw;
        }
    }

    private async Task<MqttPacket> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            MqttPacket? packet;
            do
            {
                packet = await lane.ReceivePacketAsync(cancellationToken).ConfigureAwait(false);
                Observe(packet);
            }
            while (packet is not null && !await IsForClientAsync(packet).ConfigureAwait(false));
            return packet!;
        }
        catch (Exception exception)
        {
            if (exception is not OperationCanceledException)
                Failure ??= exception;
            _ended.TrySetResult();
            throw;
        }
    }

    /// <exception cref="MqttProtocolException">The packet breaks the protocol; the connection has been ended.</exception>
    private async ValueTask<bool> IsForClientAsync(MqttPacket packet)
    {
        if (packet is MqttUnsubAckPacket { ReasonCodes.Count: 0 } bare)
            bare.ReasonCodes = null; // The client takes no list for a success, as in 3.1.1, and an empty one for an error.
        var verdict = exchanges.Receive(packet);
        if (verdict != AnswerVerdict.WrongNumberOfCodes)
            return verdict == AnswerVerdict.Awaited;
        var breach = new MqttProtocolException(ReasonCodes.ProtocolError, "The broker acknowledged more or fewer topic filters than we sent [MQTT-3.8.4-6].");
        throw await lane.RefuseAsync(breach).ConfigureAwait(false);
    }

    private void Observe(MqttPacket? packet)
    {
        switch (packet)
        {
            case null:
                EndOfStream = true;
                _ended.TrySetResult();
                break;
            case MqttConnAckPacket { ReasonCode: 0, ReturnCode: 0 } accepted:
                Stage = ConnectionStage.Accepted;
                // Before any answer of this connection, which may follow in the same block.
                exchanges.Reset();
                publishes.Resume(accepted.IsSessionPresent);
                break;
            case MqttDisconnectPacket disconnect:
                Disconnect = disconnect;
                _ended.TrySetResult();
                break;
        }
    }
}
