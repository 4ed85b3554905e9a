using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Stands between MQTTnet's client and its channel for one network connection. Takes every PUBLISH out of the receive buffer, acknowledges it, and
/// keeps the connection alive; returns the other packets, checked, to the client, which runs the session.
/// </summary>
/// <remarks>
/// The client must be given a keep alive of zero: this adapter writes the real one into CONNECT, and keeps a Server Keep Alive from the client,
/// whose own loop would take a PINGRESP that waits behind unread data for a dead connection. For the same reason the client must not ping.
/// </remarks>
internal sealed partial class ReceiveLaneAdapter : IMqttChannelAdapter
{
    private const int WriterBufferSize = 4096;
    private const int WriterBufferSizeMaximum = 65536;

    private static readonly TimeSpan DisconnectTimeout = TimeSpan.FromSeconds(1);

    // DISCONNECT with a Session Expiry Interval of zero (MQTT 5.0, 3.14.2.2.2): MQTTnet leaves a zero out, which keeps what CONNECT said.
    private static readonly byte[] SessionEnd = [(byte)PacketType.Disconnect << 4, 7, 0, 5, (byte)PropertyIdentifier.SessionExpiryInterval, 0, 0, 0, 0];

    private readonly IMqttChannel _channel;
    private readonly LaneOptions _options;
    private readonly LaneSession _session;
    private readonly IPublishHandler _handler;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly bool _isVersion5;
    private readonly PacketSender _sender;
    private readonly ControlWriter _writer;
    private readonly InboundAcknowledger _acknowledger;
    private readonly KeepAliveMonitor _keepAlive;
    private readonly PacketDispatcher _dispatcher;
    private readonly IPublishAnswers? _answers;
    private readonly ReceiveBuffer _buffer = new();
    private readonly ReadPacer _pacer;
    private readonly LaneLifetime _lifetime;
    private readonly Func<Task>? _endStreamAsync;
    private long _bytesReceived;
    private bool _hasToldOfSkipping;

    /// <param name="channel">Owned from now on.</param>
    /// <param name="session">Shared by the connections of one MQTT session, one after the other.</param>
    /// <param name="endStreamAsync">
    /// Ends the stream below the channel in bounded time so that the peer sees all that was sent, DISCONNECT above all, even if it has sent what nobody
    /// will read; never fails. Null leaves it at closing.
    /// </param>
    /// <param name="answers">Takes PUBACK, PUBREC and PUBCOMP; null returns them to the client as any other packet.</param>
    /// <param name="pacer">Says when to read; null for one that makes the shortest pauses.</param>
    public ReceiveLaneAdapter(
        IMqttChannel channel,
        MqttProtocolVersion version,
        LaneOptions options,
        LaneSession session,
        IPublishHandler handler,
        ILogger logger,
        TimeProvider timeProvider,
        Func<Task>? endStreamAsync = null,
        IPublishAnswers? answers = null,
        ReadPacer? pacer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.PingTimeout, TimeSpan.Zero);
        _channel = channel;
        _options = options;
        _session = session;
        _handler = handler;
        _logger = logger;
        _endStreamAsync = endStreamAsync;
        _timeProvider = timeProvider;
        _isVersion5 = version == MqttProtocolVersion.V500;
        PacketFormatterAdapter = new MqttPacketFormatterAdapter(version, new MqttBufferWriter(WriterBufferSize, WriterBufferSizeMaximum));
        _pacer = pacer ?? new ReadPacer(new ReadPause(), timeProvider);
        _answers = answers;
        _lifetime = new LaneLifetime(channel);
        _sender = new PacketSender(channel, PacketFormatterAdapter, timeProvider, _lifetime);
        _writer = new ControlWriter(_sender);
        _acknowledger = new InboundAcknowledger(session, _writer, _isVersion5, options.ReceiveMaximum);
        _keepAlive = new KeepAliveMonitor(_sender, _writer, options.PingTimeout, timeProvider);
        _dispatcher = new PacketDispatcher(_isVersion5, options, session, _acknowledger, _keepAlive, handler, answers);
    }

    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    public long BytesSent => _sender.BytesSent;

    public X509Certificate2 ClientCertificate => _channel.ClientCertificate;

    public EndPoint RemoteEndPoint => _channel.RemoteEndPoint;

    public EndPoint LocalEndPoint => _channel.LocalEndPoint;

    public bool IsSecureConnection => _channel.IsSecureConnection;

    public MqttPacketFormatterAdapter PacketFormatterAdapter { get; }

    /// <summary>
    /// The first reason why the lane itself ended the connection: <see cref="MqttProtocolException"/>, <see cref="MqttTimeoutException"/>, another
    /// <see cref="MqttException"/> for a stream that ends inside a packet, or what the handler threw. Null otherwise; any thread.
    /// </summary>
    public Exception? Fault => _lifetime.Fault;

    /// <summary>Server Keep Alive in seconds, once CONNACK has come and if it had one; zero turns keep alive off.</summary>
    public ushort? ServerKeepAlive { get; private set; }

    /// <summary>True while it waits for bytes: all that has come so far was read and taken. Any thread.</summary>
    public bool HasReadAll => _keepAlive.IsReading;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _channel.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or MqttCommunicationException))
        {
            throw new MqttCommunicationException(exception);
        }
    }

    public Task DisconnectAsync(CancellationToken cancellationToken) => _lifetime.DisconnectAsync(cancellationToken);

    /// <summary>
    /// Sends a packet. Cancelling withdraws a packet that waits for its turn; once its first byte is on the way the whole packet goes out, and only
    /// the waiting ends.
    /// </summary>
    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        if (packet is MqttConnectPacket connect)
        {
            _dispatcher.IsCleanStart = connect.CleanSession;
            _dispatcher.HasClientIdentifier = !string.IsNullOrEmpty(connect.ClientId);
            connect.KeepAlivePeriod = (ushort)Math.Min(ushort.MaxValue, Math.Ceiling(_options.KeepAlive.TotalSeconds));
        }
        else if (packet is MqttSubscribePacket { SubscriptionIdentifier: > 0 })
        {
            _session.ExpectIdentifiers();
        }

        try
        {
            if (_isVersion5 && _options.EndsSession && packet is MqttDisconnectPacket { ReasonCode: MqttDisconnectReasonCode.NormalDisconnection })
                await _sender.SendAsync(SessionEnd, isDisconnect: true, cancellationToken).ConfigureAwait(false);
            else
                await _sender.SendAsync(packet, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or MqttCommunicationException or MqttProtocolViolationException))
        {
            throw new MqttCommunicationException(exception);
        }
    }

    /// <summary>Returns the next packet for the client, or null when the connection has ended in order.</summary>
    /// <exception cref="MqttException">The lane has ended the connection; see <see cref="Fault"/>.</exception>
    /// <exception cref="MqttCommunicationException">The connection has broken.</exception>
    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await ReceiveAsync(cancellationToken).ConfigureAwait(false))!;
        }
        catch (Exception exception) when (exception != Fault)
        {
            if (_lifetime.Explain(exception, cancellationToken) is { } end)
                throw end;
            return null!;
        }
    }

    /// <summary>Ends the connection for a packet that was returned and breaks the protocol. To be called by who receives.</summary>
    /// <returns>The fault to throw.</returns>
    public Task<Exception> RefuseAsync(MqttProtocolException violation) => EndAsync(violation, violation.ReasonCode);

    /// <summary>Sends packets that are bytes already, whole ones only. Fails if the connection ends first.</summary>
    public Task SendPacketsAsync(ReadOnlyMemory<byte> packets) => _sender.SendAsync(packets, isDisconnect: false, CancellationToken.None);

    public void ResetStatistics()
    {
        Volatile.Write(ref _bytesReceived, 0);
        _sender.ResetStatistics();
    }

    /// <summary>Closes the channel and so ends a read that is pending. Any thread, any number of times.</summary>
    public void Dispose() => _lifetime.Close();

    private async Task<MqttPacket?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (!_lifetime.IsClosing)
        {
            DispatchResult result = await DispatchAsync().ConfigureAwait(false);
            if (result == DispatchResult.Packet)
                return await TakePacketAsync(cancellationToken).ConfigureAwait(false);
            await HandOverAsync(cancellationToken).ConfigureAwait(false);
            if (result == DispatchResult.Violation)
            {
                MqttProtocolException violation = _dispatcher.Violation!.ToException();
                throw await EndAsync(violation, violation.ReasonCode).ConfigureAwait(false);
            }
            if (_dispatcher.SkippedPublishes > 0 && !_hasToldOfSkipping)
                TellOfSkipping();
            if (result == DispatchResult.NeedsBytes && !await ReadAsync(cancellationToken).ConfigureAwait(false))
                break;
        }
        return _lifetime.Explain(null, cancellationToken) is { } end ? throw end : null;
    }

    private void TellOfSkipping()
    {
        _hasToldOfSkipping = true;
        (string topic, int size) = _dispatcher.FirstSkipped;
        Log.PublishSkipped(_logger, BrokerText.Clean(topic), size, _options.MaximumPacketSize);
    }

    private async ValueTask<DispatchResult> DispatchAsync()
    {
        try
        {
            return _dispatcher.Dispatch(_buffer);
        }
        catch (Exception exception)
        {
            throw await EndAfterHandlerAsync(exception).ConfigureAwait(false);
        }
    }

    private async ValueTask<MqttPacket> TakePacketAsync(CancellationToken cancellationToken)
    {
        MqttPacket packet;
        try
        {
            packet = PacketFormatterAdapter.Decode(_dispatcher.TakePacket(_buffer));
        }
        catch (Exception exception)
        {
            string message = $"A packet could not be decoded: {BrokerText.Clean(exception.Message)}";
            var undecodable = new MqttProtocolException(ReasonCode.ImplementationSpecificError, message, exception);
            throw await EndAsync(undecodable, undecodable.ReasonCode).ConfigureAwait(false);
        }
        if (packet is MqttConnAckPacket connAck)
            AcceptConnAck(connAck);
        // After it the client does not ask for more, so nothing else would hand over what came before.
        if (packet is MqttDisconnectPacket)
            await HandOverAsync(cancellationToken).ConfigureAwait(false);
        return packet;
    }

    private void AcceptConnAck(MqttConnAckPacket connAck)
    {
        ServerKeepAlive = _dispatcher.ServerKeepAlive;
        connAck.ServerKeepAlive = 0;
        if (_isVersion5)
            connAck.ReasonCode = LegacyReturnCode.ToReasonCode(connAck.ReasonCode);
        TimeSpan keepAlive = ServerKeepAlive is { } seconds ? TimeSpan.FromSeconds(seconds) : _options.KeepAlive;
        if (connAck.ReasonCode != MqttConnectReasonCode.Success || keepAlive <= TimeSpan.Zero)
            return;
        Log.KeepAliveStarts(_logger, keepAlive);
        // Ends with the connection; a failure of its own ends the connection.
        _ = RunKeepAliveAsync(keepAlive);
    }

    private async Task RunKeepAliveAsync(TimeSpan keepAlive)
    {
        try
        {
            await _keepAlive.RunAsync(keepAlive, _lifetime.Ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_lifetime.IsClosing)
        {
            // The connection has ended.
        }
        catch (Exception exception)
        {
            End(exception);
        }
    }

    private async ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_session.AwaitsHandOver)
                await _handler.HandOverAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw await EndAfterHandlerAsync(exception).ConfigureAwait(false);
        }
        _session.HandedOver();
        _acknowledger.Release();
        if (_writer.IsFull)
            await WaitForWriterAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitForWriterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _writer.WaitForRoomAsync(_options.PingTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            End(new MqttTimeoutException($"The broker has read none of our acknowledgements for {_options.PingTimeout.TotalSeconds:0.#} s."));
        }
    }

    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _pacer.Gather(_dispatcher.Publishes, _dispatcher.HasAcknowledged, _answers is { AreAwaited: true });
        _dispatcher.Publishes = 0;
        _dispatcher.HasAcknowledged = false;
        _buffer.MakeRoom(_dispatcher.PacketSize);
        int count;
        _keepAlive.ReadBegins();
        try
        {
            count = await _channel.ReadAsync(_buffer.Array, _buffer.End, _buffer.Room, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _keepAlive.ReadEnds();
        }
        if (count <= 0)
        {
            if (_buffer.Length > 0 && !_lifetime.IsClosing && !cancellationToken.IsCancellationRequested)
                End(new MqttException($"The connection ended inside a packet: {_buffer.Length} bytes of it had come, which is not all."));
            return false;
        }
        _buffer.Append(count);
        _dispatcher.MicrosPerByte = _pacer.Took(count);
        _session.CountBytes(count);
        Interlocked.Add(ref _bytesReceived, count);
        return true;
    }

    // What was delivered and not handed over stays unacknowledged, and the broker may deliver it again.
    private Task<Exception> EndAfterHandlerAsync(Exception exception)
    {
        _session.Withdraw();
        return EndAsync(exception, ReasonCode.ImplementationSpecificError);
    }

    /// <summary>Ends the connection for a reason of our own, with DISCONNECT where the version has it in both directions [MQTT-4.13.1-1].</summary>
    /// <returns>The fault to throw.</returns>
    private async Task<Exception> EndAsync(Exception reason, byte reasonCode)
    {
        if (_lifetime.TrySetFault(reason))
        {
            if (_isVersion5)
                await TrySendDisconnectAsync(reasonCode).ConfigureAwait(false);
            if (_endStreamAsync is not null)
                await _endStreamAsync().ConfigureAwait(false);
        }

        End(reason);
        return Fault!;
    }

    private void End(Exception reason)
    {
        _lifetime.TrySetFault(reason);
        if (!_lifetime.IsClosing)
            Log.LaneEnds(_logger, Fault!.Message);
        _lifetime.Close();
    }

    private async Task TrySendDisconnectAsync(byte reasonCode)
    {
        using var timeout = new CancellationTokenSource(DisconnectTimeout, _timeProvider);
        try
        {
            byte[] disconnect = [(byte)PacketType.Disconnect << 4, 1, reasonCode];
            await _sender.SendAsync(disconnect, isDisconnect: true, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.DisconnectNotSent(_logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1100, LogLevel.Warning, "Connection ended by this side: {Reason}")]
        public static partial void LaneEnds(ILogger logger, string reason);

        [LoggerMessage(1101, LogLevel.Debug, "DISCONNECT could not be sent: {Reason}")]
        public static partial void DisconnectNotSent(ILogger logger, string reason);

        [LoggerMessage(1103, LogLevel.Warning, "A message on {Topic} makes a packet of {Size} bytes; {Limit} are accepted. It and others like it are left out on this connection")]
        public static partial void PublishSkipped(ILogger logger, string topic, int size, int limit);

        [LoggerMessage(1102, LogLevel.Debug, "Keep Alive is {KeepAlive}")]
        public static partial void KeepAliveStarts(ILogger logger, TimeSpan keepAlive);
    }
}
