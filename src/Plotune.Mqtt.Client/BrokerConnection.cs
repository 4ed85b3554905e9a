using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.Client;

/// <summary>
/// One MQTT connection that stays up: connects, subscribes, hands every PUBLISH to the <see cref="IPublishHandler"/>, and reconnects for ever
/// unless the reason is final.
/// </summary>
public sealed class BrokerConnection : IAsyncDisposable
{
    public BrokerConnection(
        BrokerConnectionOptions options,
        IReadOnlyList<TopicSubscription> subscriptions,
        IPublishHandler handler,
        IConnectionObserver observer,
        ILogger logger,
        TimeProvider? timeProvider = null) => throw new NotImplementedException();

    /// <summary>The newest state; any thread.</summary>
    public ConnectionStatus Status => throw new NotImplementedException();

    /// <summary>PUBLISH packets received, acknowledged or not; any thread.</summary>
    public long PublishesReceived => throw new NotImplementedException();

    /// <summary>Bytes read from the socket over all connections; any thread.</summary>
    public long BytesReceived => throw new NotImplementedException();

    /// <summary>Starts connecting; returns at once.</summary>
    public void Start() => throw new NotImplementedException();

    /// <summary>Publishes over the live connection; may be called many times at once, from any thread.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the message may still arrive.</exception>
    public Task<PublishResult> PublishAsync(OutboundPublish publish, TimeSpan timeout, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends DISCONNECT if connected, closes, and awaits every loop; may be called twice.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
