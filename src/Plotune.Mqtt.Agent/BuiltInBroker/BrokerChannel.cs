using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// One network connection, between Kestrel and MQTTnet's server: counts what passes, and does what the server leaves out. Like every adapter it has one
/// reader; writers may be several.
/// </summary>
/// <param name="stopping">The broker is being stopped.</param>
internal sealed class BrokerChannel(
    IMqttChannelAdapter inner, BrokerLimits limits, BrokerCounters counters, SessionRegistry sessions, RetainedTurn turn, TimeProvider timeProvider, CancellationToken stopping) : IMqttChannelAdapter
{
    /// <summary>A client that does not take what was sent before will not take a DISCONNECT either, and others wait meanwhile: MQTTnet takes a session over under a lock.</summary>
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromMilliseconds(250);

    private readonly AnswerDebt _answers = new(limits.UnreadAnswers);
    private readonly SubscribeOrder _subscribes = new();
    private MqttConnectPacket? _connect;
    private SendWindow? _window;
    private BrokerSession? _session;
    private bool _hasTurn;
    private volatile BrokerClient? _client;

    public long BytesReceived => inner.BytesReceived;

    public long BytesSent => inner.BytesSent;

    public X509Certificate2 ClientCertificate => inner.ClientCertificate;

    public EndPoint RemoteEndPoint => inner.RemoteEndPoint;

    public EndPoint LocalEndPoint => inner.LocalEndPoint;

    public bool IsSecureConnection => inner.IsSecureConnection;

    public MqttPacketFormatterAdapter PacketFormatterAdapter => inner.PacketFormatterAdapter;

    /// <summary>The client, once it was let in.</summary>
    public BrokerClient? Client => _client;

    /// <summary>Null before CONNECT.</summary>
    public string? ClientId => _connect?.ClientId;

    /// <summary>How long the session is to outlive this connection. A DISCONNECT may name another time than CONNECT [MQTT-3.14.2-2].</summary>
    public TimeSpan SessionInterval { get; private set; }

    private string Who => _client?.ClientId ?? $"{RemoteEndPoint}";

    /// <summary>A name for a client that has none.</summary>
    public static string NewClientIdentifier() => $"auto-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        GiveTurnBack(); // MQTTnet asks for a packet when it is done with the one before
        if (_connect is null) return await ReceiveConnectAsync(cancellationToken);
        await WaitForReaderAsync(cancellationToken);
        var packet = await inner.ReceivePacketAsync(cancellationToken);
        // One that sets a topic alias on a new connection has to reach MQTTnet, which would not know the alias otherwise.
        while (packet is MqttPublishPacket { QualityOfServiceLevel: MqttQualityOfServiceLevel.ExactlyOnce } again
            && _session?.TryReceive(again.PacketIdentifier) == false && again.TopicAlias == 0)
        {
            await inner.SendPacketAsync(new MqttPubRecPacket { PacketIdentifier = again.PacketIdentifier }, cancellationToken);
            packet = await inner.ReceivePacketAsync(cancellationToken);
        }

        switch (packet)
        {
            case MqttPublishPacket publish:
                counters.CountReceived();
                _client?.CountReceived();
                if (publish.TopicAlias > limits.TopicAliases) await RefuseAliasAsync(publish.TopicAlias);
                if (publish.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce) _answers.Owe(1);
                break;
            case MqttPubRelPacket release:
                _session?.Release(release.PacketIdentifier);
                _answers.Owe(1);
                break;
            case MqttSubscribePacket subscribe:
                _subscribes.Note(subscribe);
                _answers.Owe(subscribe.TopicFilters.Count);
                break;
            case MqttUnsubscribePacket unsubscribe:
                _answers.Owe(unsubscribe.TopicFilters.Count);
                break;
            case MqttPingReqPacket or MqttPubRecPacket:
                _answers.Owe(1);
                break;
            case MqttPubAckPacket or MqttPubCompPacket:
                if (_window?.Leave() is { } next) await PublishAsync(next, cancellationToken);
                break;
            case MqttDisconnectPacket disconnect:
                if (disconnect.SessionExpiryInterval > 0) SessionInterval = TimeSpan.FromSeconds(disconnect.SessionExpiryInterval);
                // MQTTnet publishes the will of a connection that ends without a DISCONNECT; this one asks for it [MQTT-3.14.4-3].
                if (disconnect.ReasonCode == MqttDisconnectReasonCode.DisconnectWithWillMessage) return null!;
                break;
        }

        if (packet is MqttSubscribePacket or MqttPublishPacket { Retain: true })
        {
            await turn.TakeAsync(cancellationToken);
            _hasTurn = true;
        }

        return packet;
    }

    /// <summary>MQTTnet is done with the packet it has received last. By the reader alone, or once there is none any more.</summary>
    public void GiveTurnBack()
    {
        if (!_hasTurn) return;
        _hasTurn = false;
        turn.GiveBack();
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        switch (packet)
        {
            case MqttPublishPacket publish when publish.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce && _window?.TryEnter(publish) == false:
                return;
            case MqttPublishPacket publish:
                await PublishAsync(publish, cancellationToken);
                return;
            case MqttDisconnectPacket:
                await SayGoodbyeAsync(packet, cancellationToken);
                return;
            case MqttConnAckPacket { ReasonCode: MqttConnectReasonCode.Success } connack:
                LetIn(connack);
                break;
            case MqttSubAckPacket acknowledgement:
                _subscribes.Restore(acknowledgement);
                break;
        }

        await inner.SendPacketAsync(packet, cancellationToken);
        _answers.Pay(packet switch
        {
            MqttSubAckPacket acknowledgement => acknowledgement.ReasonCodes.Count,
            MqttUnsubAckPacket acknowledgement => acknowledgement.ReasonCodes.Count,
            MqttConnAckPacket or MqttAuthPacket => 0,
            _ => 1,
        });
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

    public void ResetStatistics() => inner.ResetStatistics();

    public void Dispose() => inner.Dispose();

    private async Task<MqttPacket> ReceiveConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            var packet = await inner.ReceivePacketAsync(cancellationToken);
            if (packet is MqttConnectPacket connect) Read(connect);
            return packet;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            counters.Refuse(BrokerReason.ConnectTime, Who, $"Its CONNECT was not complete within {limits.ConnectTime.TotalSeconds:0.#} s.");
            throw;
        }
    }

    private void Read(MqttConnectPacket connect)
    {
        var version = PacketFormatterAdapter.ProtocolVersion;
        // Most clients that leave theirs empty expect one [MQTT-3.1.3-6]; MQTTnet gives one for 5.0 only. A session to come back to needs a name of the client's own [MQTT-3.1.3-8].
        if (connect.CleanSession && string.IsNullOrEmpty(connect.ClientId) && version == MqttProtocolVersion.V311) connect.ClientId = NewClientIdentifier();
        SessionInterval = version == MqttProtocolVersion.V500 ? TimeSpan.FromSeconds(connect.SessionExpiryInterval)
            : connect.CleanSession ? TimeSpan.Zero
            : TimeSpan.MaxValue;
        if (connect.ReceiveMaximum > 0) _window = new SendWindow(connect.ReceiveMaximum);
        _connect = connect;
    }

    private void LetIn(MqttConnAckPacket connack)
    {
        var connect = _connect!;
        connack.MaximumPacketSize = (uint)limits.PacketBytes;
        connack.TopicAliasMaximum = limits.TopicAliases;
        if (connect.SessionExpiryInterval > limits.SessionTime.TotalSeconds) connack.SessionExpiryInterval = (uint)limits.SessionTime.TotalSeconds;
        _session = sessions.Begin(connect.ClientId, connack.IsSessionPresent, connect.MaximumPacketSize);
        var protocol = PacketFormatterAdapter.ProtocolVersion switch { MqttProtocolVersion.V500 => "5.0", MqttProtocolVersion.V311 => "3.1.1", _ => "3.1" };
        _client = new BrokerClient(connect.ClientId, connect.Username ?? "", RemoteEndPoint, protocol, timeProvider.GetUtcNow(), _session);
    }

    private async Task PublishAsync(MqttPublishPacket publish, CancellationToken cancellationToken)
    {
        counters.CountSent();
        _client?.CountSent();
        // MQTTnet marks what it sends again because sending failed: that was counted.
        if (!publish.Dup) _session?.Sent(MessageSize.Of(publish), publish.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce);
        await inner.SendPacketAsync(publish, cancellationToken);
    }

    private async Task WaitForReaderAsync(CancellationToken cancellationToken)
    {
        var bearable = _answers.BearableAsync();
        if (bearable.IsCompleted) return;
        try
        {
            await bearable.WaitAsync(limits.UnreadTime, timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            counters.Refuse(BrokerReason.UnreadAnswers, Who, $"It left {limits.UnreadAnswers} answers unread for {limits.UnreadTime.TotalSeconds:0.#} s.");
            await EndAsync(MqttDisconnectReasonCode.QuotaExceeded, "Answers were not read.");
        }
    }

    private async Task RefuseAliasAsync(ushort alias)
    {
        counters.Refuse(BrokerReason.TopicAlias, Who, $"It used the topic alias {alias}, and was told {limits.TopicAliases} as the largest."); // [MQTT-3.3.2-9]
        await EndAsync(MqttDisconnectReasonCode.TopicAliasInvalid, "The topic alias is too large.");
    }

    /// <summary>Says goodbye and ends the receive loop of MQTTnet, and with it the connection.</summary>
    private async Task EndAsync(MqttDisconnectReasonCode reason, string text)
    {
        if (PacketFormatterAdapter.ProtocolVersion == MqttProtocolVersion.V500) await SayGoodbyeAsync(new MqttDisconnectPacket { ReasonCode = reason }, CancellationToken.None);
        throw new MqttProtocolViolationException(text);
    }

    private async Task SayGoodbyeAsync(MqttPacket disconnect, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(GoodbyeTime, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await inner.SendPacketAsync(disconnect, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It goes without.
        }
    }
}
