using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Transport;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// One connection, from TCP connect to its end; never reconnects. Disposal awaits the lane, so that its handler is free for the next connection.
/// </summary>
internal sealed partial class BrokerSession : IMqttClientAdapterFactory, IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(5);

    private readonly BrokerConnectionOptions _options;
    private readonly SessionStart _start;
    private readonly LaneSession _laneSession;
    private readonly ReadPause _readPause;
    private readonly OutboundExchanges _exchanges;
    private readonly PublishPipeline _publishes;
    private readonly IPublishHandler _handler;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly IMqttClient _client;
    private readonly BrokerChannel _channel;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cleanedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly CancellationTokenSource _connectDeadline;
    private SessionAdapter? _adapter;
    private ConnectionEnd? _ownReason;
    private Exception? _clientException;
    private PublishPump? _pump;
    private StallWatch? _stallWatch;
    private Task _pumping = Task.CompletedTask;

    public BrokerSession(
        BrokerConnectionOptions options, SessionStart start, SessionMemory memory, IPublishHandler handler, ILogger logger, TimeProvider timeProvider)
    {
        _options = options;
        _start = start;
        _laneSession = memory.Lane;
        _readPause = memory.ReadPause;
        _exchanges = memory.Exchanges;
        _publishes = memory.Publishes;
        _handler = handler;
        _logger = logger;
        _timeProvider = timeProvider;
        _channel = new BrokerChannel(options);
        _connectDeadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _client = new MqttClientFactory().CreateMqttClient(this);
        _client.DisconnectedAsync += OnDisconnectedAsync;
    }

    /// <summary>Completes when the connection has ended by itself; <see cref="DescribeEnd"/> says why.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The broker has said goodbye, or the lane has a reason to do so; the connection may still be about to be closed in good order.</summary>
    public bool IsEnding => _adapter is { LaneFault: not null } or { Disconnect: not null };

    /// <summary>What CONNACK said; null before it accepted us.</summary>
    public MqttClientConnectResult? Accepted { get; private set; }

    public MqttProtocolVersion Version => _start.Version;

    /// <inheritdoc cref="BrokerConnector.Reached"/>
    public string Reached => _channel.Reached;

    public ServerLimits Limits { get; private set; } = new() { Version = MqttProtocolVersion.V311 };

    /// <summary>Connects and waits for CONNACK.</summary>
    /// <returns>Null if the broker accepted us.</returns>
    public async Task<ConnectionEnd?> ConnectAsync(CancellationToken stopping)
    {
        MqttClientConnectResult result;
        _connectDeadline.CancelAfter(_options.RequestTimeout);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_connectDeadline.Token, stopping);
        try
        {
            var clientOptions = ClientOptions.Create(_options, _start.Version, _start.ClientId, _start.CleanStart);
            result = await _client.ConnectAsync(clientOptions, linked.Token).ConfigureAwait(false);
            _connectDeadline.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        catch (Exception exception)
        {
            // What the broker did before we were told to stop is the reason all the same.
            if (!IsEnding)
                stopping.ThrowIfCancellationRequested();
            var awaited = _adapter is { Stage: > ConnectionStage.Connect } ? LocalFault.ConnAckTimeout : LocalFault.ConnectTimeout;
            return EndClassifier.Ended(_adapter, _options.Address, exception, _connectDeadline.IsCancellationRequested ? awaited : null);
        }

        if (result.ResultCode != MqttClientConnectResultCode.Success)
            return EndClassifier.Refused(result, _start.Version, _options.Address);

        Limits = ServerLimits.From(result, _start.Version);
        Accepted = result;
        _ = EndWithAdapterAsync(_adapter!);
        return null;
    }

    /// <summary>Runs a request with a time limit.</summary>
    /// <param name="awaited">The fault if the limit is passed, such as <see cref="LocalFault.SubAckTimeout"/>.</param>
    /// <exception cref="ConnectionEndedException">The request failed, and the connection is of no more use.</exception>
    public async Task<T> RequestAsync<T>(LocalFault awaited, Func<IMqttClient, CancellationToken, Task<T>> request, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(_options.RequestTimeout, _timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _lifetime.Token, stopping);
        try
        {
            return await request(_client, linked.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!IsEnding)
                stopping.ThrowIfCancellationRequested();
            throw new ConnectionEndedException(
                _ownReason ?? EndClassifier.Ended(_adapter, _options.Address, exception, deadline.IsCancellationRequested ? awaited : null));
        }
    }

    /// <summary>From now on what is published is sent: first what earlier connections of the session left unacknowledged. Once, after CONNACK.</summary>
    public void StartPublishing()
    {
        _pump = new PublishPump(_publishes, Limits, _adapter!.SendPacketsAsync);
        _stallWatch = new StallWatch(_publishes, () => _adapter.HasReadAll, AbortStalled, _timeProvider);
        _pumping = Task.Run(PumpAsync);
    }

    /// <summary>Why the connection ended.</summary>
    public ConnectionEnd DescribeEnd() => _ownReason ?? EndClassifier.Ended(_adapter, _options.Address, _clientException, timedOut: null);

    /// <summary>Says goodbye if still connected, and closes. May be called twice.</summary>
    public async Task CloseAsync(MqttClientDisconnectOptionsReason reason)
    {
        await _lifetime.CancelAsync().ConfigureAwait(false);
        _stallWatch?.Dispose();
        _pump?.Stop();
        if (_client.IsConnected)
        {
            using var limit = new CancellationTokenSource(GoodbyeLimit);
            try
            {
                // 3.1.1 knows only the normal DISCONNECT; it would withdraw the Will, so there an abnormal end is a plain close.
                if (_start.Version == MqttProtocolVersion.V500 || reason == MqttClientDisconnectOptionsReason.NormalDisconnection)
                    await _client.DisconnectAsync(new MqttClientDisconnectOptions { Reason = reason }, limit.Token).ConfigureAwait(false);
                else
                    await _adapter!.DisconnectAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Log.GoodbyeFailed(_logger, exception);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(MqttClientDisconnectOptionsReason.UnspecifiedError).ConfigureAwait(false);
        if (_adapter is { } adapter)
        {
            await Task.WhenAny(_cleanedUp.Task, Task.Delay(CleanUpLimit)).ConfigureAwait(false);
            _client.Dispose();
            await adapter.ReadingEnded.ConfigureAwait(false);
            await _pumping.ConfigureAwait(false);
        }

        _client.Dispose();
        _connectDeadline.Dispose();
        _lifetime.Dispose();
    }

    IMqttChannelAdapter IMqttClientAdapterFactory.CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger)
    {
        var lane = new ReceiveLaneAdapter(
            _channel, options.ProtocolVersion, ClientOptions.ForLane(_options), _laneSession, _handler, _logger, _timeProvider, _channel.EndAsync,
            new PublishAnswers(_publishes), new ReadPacer(_readPause, _timeProvider));
        return _adapter = new SessionAdapter(lane, _exchanges, _publishes, _channel, () => _connectDeadline.CancelAfter(_options.RequestTimeout));
    }

    private void Abort(ConnectionEnd reason)
    {
        Interlocked.CompareExchange(ref _ownReason, reason, null);
        _ended.TrySetResult();
    }

    private void AbortStalled() => Abort(new ConnectionEnd(LocalFault.PublishStalled, "The broker has stopped acknowledging messages.", ReasonClass.Retry));

    // Never fails, so that nobody has to wait for it.
    private async Task PumpAsync()
    {
        try
        {
            await _pump!.RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Abort(new ConnectionEnd(LocalFault.PublishFailed, $"Messages could not be sent, by an error of our own: {exception.Message}", ReasonClass.Retry));
        }
    }

    private async Task EndWithAdapterAsync(SessionAdapter adapter)
    {
        await adapter.Ended.ConfigureAwait(false);
        _ended.TrySetResult();
    }

    private Task OnDisconnectedAsync(MqttClientDisconnectedEventArgs args)
    {
        _clientException = args.Exception;
        _cleanedUp.TrySetResult();
        _ended.TrySetResult();
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Debug, "The connection ended while it was being closed")]
        public static partial void GoodbyeFailed(ILogger logger, Exception exception);
    }
}
