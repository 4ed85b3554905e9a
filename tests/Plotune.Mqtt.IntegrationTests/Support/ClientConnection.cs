using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A broker connection without worker or agent, and what it told its owner.</summary>
internal sealed class ClientConnection : IPublishHandler, IConnectionObserver, IAsyncDisposable
{
    private readonly BrokerConnection _connection;

    public ClientConnection(BrokerConnectionOptions options, params TopicSubscription[] subscriptions)
    {
        _connection = new BrokerConnection(
            options with { ReconnectDelay = TimeSpan.FromMilliseconds(200), ReconnectDelayMaximum = TimeSpan.FromSeconds(1) }, subscriptions, this, this, NullLogger.Instance);
        _connection.Start();
    }

    public ConcurrentQueue<(string Topic, string Payload)> Messages { get; } = [];

    public ConcurrentQueue<(string Filter, string ReasonName)> Refused { get; } = [];

    public ConnectionStatus Status => _connection.Status;

    public Task ConnectedAsync() => Eventually.ThatAsync($"the connection stands; it is {Status}", () => Status.State == ConnectionState.Connected);

    /// <summary>Waits for the end of the first attempt, which must fail.</summary>
    public async Task<ConnectionStatus> FailedAsync()
    {
        await Eventually.ThatAsync("the attempt ends", () => Status.State is ConnectionState.Waiting or ConnectionState.Failed or ConnectionState.Connected);
        return Status;
    }

    public Task<PublishResult> PublishAsync(string topic, string payload, QualityOfService qos = QualityOfService.AtLeastOnce) =>
        _connection.PublishAsync(new OutboundPublish(topic, Encoding.UTF8.GetBytes(payload), qos), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    /// <summary>Publishes to what it subscribed to itself, and waits for the message to come back.</summary>
    public async Task AssertRoundTripAsync(string topic, QualityOfService qos = QualityOfService.AtLeastOnce)
    {
        var payload = Guid.NewGuid().ToString();
        Assert.Equal(new PublishResult(PublishOutcome.Delivered), await PublishAsync(topic, payload, qos));
        await Eventually.ThatAsync($"{topic} comes back", () => Messages.Contains((topic, payload)));
    }

    public bool OnPublish(in InboundPublish publish)
    {
        Messages.Enqueue((Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload)));
        return true;
    }

    public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void StatusChanged(ConnectionStatus status)
    {
    }

    public void SubscriptionRefused(string filter, string reasonName, string reason) => Refused.Enqueue((filter, reasonName));

    public void SubscriptionGranted(string filter, QualityOfService granted)
    {
    }

    public void SessionLost()
    {
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
