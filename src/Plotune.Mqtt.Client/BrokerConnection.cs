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
    private Task? _loop;
    private Task? _disposal;

    /// <param name="readPause">Stays the caller's to change; null for one that is always the shortest.</param>
    public BrokerConnection(
        BrokerConnectionOptions options,
        IReadOnlyList<TopicSubscription> subscriptions,
        IPublishHandler handler,
        IConnectionObserver observer,
        ILogger logger,
        TimeProvider? timeProvider = null,
        ReadPause? readPause = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(subscriptions);
        _options = options;
        _target = options;
        _handler = handler;
        _observer = observer;
        _logger = logger;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _memory = new SessionMemory(options, readPause ?? new ReadPause(), _timeProvider);
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

    /// <summary>PUBLISH packets sent once more because a connection had ended before they were acknowledged; any thread.</summary>
    public long PublishesSentAgain => _memory.Publishes.SentAgain;

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

    /// <summary>
    /// Publishes, connected or not, from any thread, and returns at once. Publishes are sent in the order given, several in flight, over as many connections as it takes: what
    /// was not acknowledged is sent again on the next one, so that each arrives at least once at QoS 1, and at QoS 2 once as long as the broker keeps the session. At QoS 0 a publish ends
    /// when it is written to a live connection. Their end is told once for each, at the latest when this object is disposed of.
    /// </summary>
    /// <param name="completion">Is told the end.</param>
    /// <param name="id">The caller's own number for it.</param>
    /// <exception cref="PublishBacklogException">65,536 publishes or 64 MiB are not finished yet; nothing was taken.</exception>
    public void Publish(OutboundPublish publish, IPublishCompletion completion, long id)
    {
        Check(publish);
        ArgumentNullException.ThrowIfNull(completion);
        _memory.Publishes.Publish(publish, completion, id);
    }

    /// <summary>Publishes as <see cref="Publish"/> does, and waits for the end.</summary>
    /// <param name="timeout">
    /// How long to wait, for a connection and for a place within the broker's Receive Maximum included. What was not sent by then is withdrawn; what was sent stays
    /// under way, and is sent again if need be.
    /// </param>
    /// <returns><see cref="PublishOutcome.ConnectionLost"/> only when there will be no further connection.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled, which is the same as a time-out.</exception>
    /// <exception cref="PublishBacklogException">65,536 publishes or 64 MiB are not finished yet; nothing was taken.</exception>
    public Task<PublishResult> PublishAsync(OutboundPublish publish, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Check(publish);
        return PublishWaiter.PublishAsync(_memory.Publishes, publish, timeout, _timeProvider, cancellationToken);
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

    /// <summary>
    /// Sends DISCONNECT if connected, after what is being written, closes, and awaits every loop, two seconds at most; may be called twice. Publishes that are not
    /// acknowledged by then end as <see cref="PublishOutcome.ConnectionLost"/>.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_lifeLock)
            return new ValueTask(_disposal ??= StopAsync(_loop ?? Task.CompletedTask));
    }

    private static void Check(OutboundPublish publish)
    {
        ArgumentNullException.ThrowIfNull(publish);
        ArgumentNullException.ThrowIfNull(publish.Topic);
        ArgumentNullException.ThrowIfNull(publish.Properties);
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

        _memory.Publishes.Close();
        _status.Stopped();
    }
}
