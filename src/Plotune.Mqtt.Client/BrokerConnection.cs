using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client;

/// <summary>
/// One MQTT connection that stays up: connects, subscribes, hands every PUBLISH to the <see cref="IPublishHandler"/>, and reconnects for ever
/// unless the reason is final.
/// </summary>
public sealed partial class BrokerConnection : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly BrokerConnectionOptions _options;
    private readonly IPublishHandler _handler;
    private readonly IConnectionObserver _observer;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly SessionMemory _memory;
    private readonly ReconnectSchedule _schedule;
    private readonly StatusBoard _status;
    private readonly WantedSubscriptions _wanted;
    private readonly CancellationTokenSource _stopping = new();
    // One for all connections: a wait on the token itself would stay registered with it.
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lifeLock = new();
    // The options with the address in use, which changes once at most. Belong to the loop.
    private BrokerConnectionOptions _target;
    private bool _hasMoved;
    private volatile Publisher? _publisher;
    private Task? _loop;
    private Task? _disposal;

    public BrokerConnection(
        BrokerConnectionOptions options,
        IReadOnlyList<TopicSubscription> subscriptions,
        IPublishHandler handler,
        IConnectionObserver observer,
        ILogger logger,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(subscriptions);
        _options = options;
        _target = options;
        _handler = handler;
        _observer = observer;
        _logger = logger;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _memory = new SessionMemory(options);
        _schedule = new ReconnectSchedule(options, _timeProvider, Random.Shared.NextDouble);
        _status = new StatusBoard(observer, _timeProvider, options.ClientId);
        _wanted = new WantedSubscriptions([.. subscriptions]);
    }

    /// <summary>The newest state; any thread. <see cref="ConnectionState.Stopped"/> before <see cref="Start"/>.</summary>
    public ConnectionStatus Status => _status.Status;

    /// <summary>PUBLISH packets received, acknowledged or not; any thread.</summary>
    public long PublishesReceived => _memory.Lane.PublishesReceived;

    /// <summary>
    /// PUBLISH packets that were larger than <see cref="BrokerConnectionOptions.MaximumPacketSize"/> and therefore acknowledged, but not handed on. Only in
    /// MQTT 3.1.1, which cannot tell the broker the limit; in 5.0 such a packet ends the connection [MQTT-3.1.2-24]. Any thread.
    /// </summary>
    public long PublishesTooLarge => _memory.Lane.PublishesTooLarge;

    /// <summary>Bytes read from the socket over all connections; any thread.</summary>
    public long BytesReceived => _memory.Lane.BytesReceived;

    /// <summary>Starts connecting; returns at once. Once only.</summary>
    public void Start()
    {
        lock (_lifeLock)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_loop is not null)
                throw new InvalidOperationException("The connection was started before.");
            if (_options is { Transport: BrokerTransport.Tls or BrokerTransport.WebSocketTls, Tls.Verify: TlsVerification.None })
                Log.NotVerified(_logger, _options.Address);
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Publishes over the live connection; may be called many times at once, from any thread.</summary>
    /// <param name="timeout">How long to wait for the acknowledgement, the wait for a place within the broker's Receive Maximum included.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message may still arrive.</exception>
    public Task<PublishResult> PublishAsync(OutboundPublish publish, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publish);
        cancellationToken.ThrowIfCancellationRequested();
        return _publisher is { } publisher ? publisher.PublishAsync(publish, timeout, cancellationToken) : Task.FromResult(Publisher.ConnectionLost);
    }

    /// <summary>
    /// Replaces the list of subscriptions; any thread. On a live connection only the difference is subscribed and unsubscribed, otherwise the list is
    /// kept for the next connection. What the broker says to each filter goes to the <see cref="IConnectionObserver"/>.
    /// </summary>
    /// <returns>Completes when the broker has answered, or when there is no connection that could.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the list stands all the same.</exception>
    public Task UpdateSubscriptionsAsync(IReadOnlyList<TopicSubscription> subscriptions, CancellationToken cancellationToken = default) =>
        UpdateSubscriptionsAsync(subscriptions, [], cancellationToken);

    /// <inheritdoc cref="UpdateSubscriptionsAsync(IReadOnlyList{TopicSubscription}, CancellationToken)"/>
    /// <param name="unsubscribe">Filters to end besides, once, even if this object has never subscribed to them; valid topic filters.</param>
    public async Task UpdateSubscriptionsAsync(
        IReadOnlyList<TopicSubscription> subscriptions, IReadOnlyList<string> unsubscribe, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subscriptions);
        ArgumentNullException.ThrowIfNull(unsubscribe);
        var applied = _wanted.Replace([.. subscriptions], [.. unsubscribe]);
        if (Status.State is ConnectionState.Connected or ConnectionState.Connecting)
            await applied.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends DISCONNECT if connected, closes, and awaits every loop, two seconds at most; may be called twice.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lifeLock)
            return new ValueTask(_disposal ??= StopAsync(_loop ?? Task.CompletedTask));
    }

    private async Task StopAsync(Task loop)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _stopRequested.TrySetResult();
        try
        {
            await loop.WaitAsync(StopLimit).ConfigureAwait(false);
            _stopping.Dispose();
        }
        catch (TimeoutException)
        {
            // The handler holds the lane in spite of its token. The loop ends with it.
            Log.StopTimedOut(_logger, _options.Address, StopLimit);
        }

        _status.Stopped();
    }
}
