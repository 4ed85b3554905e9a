using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Sessions, wills and what MQTT 5.0 adds to a message, between the client and a real mosquitto.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<BrokerConnection> _connections = [];
    private BrokerProcess _broker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await BrokerProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task A_list_that_changed_while_nobody_was_there_changes_the_session_by_the_difference(ProtocolPreference protocol)
    {
        var options = Options("keeper") with { Protocol = protocol, CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };
        var before = new Listener();
        var first = await ConnectAsync(options, before, Filter("dropped"), Filter("kept"));
        await first.DisposeAsync();
        await _broker.PublishAsync("kept", "while away");

        var after = new Listener();
        await ConnectAsync(options with { HeldSubscriptions = before.Held }, after, Filter("kept"), Filter("added"));
        await _broker.PublishAsync("dropped", "nobody wants this");
        await _broker.PublishAsync("added", "new");
        await _broker.PublishAsync("kept", "last");

        await Eventually.ThatAsync("the last message has come", () => after.Payloads.Contains("last"));
        Assert.Equal(["while away", "new", "last"], after.Payloads);
        Assert.Equal(["kept", "added"], after.Held.Where(held => held.IsConfirmed).Select(held => held.Subscription.Filter));
        // Nothing was asked for again that the session held.
        Assert.Equal(["added"], after.Granted);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task A_will_is_published_when_the_connection_breaks_and_withdrawn_when_it_stops(ProtocolPreference protocol)
    {
        var listener = new Listener();
        await ConnectAsync(Options("listener"), listener, Filter("wills/#"), Filter("last/#"));
        await using var proxy = FaultProxy.Start(_broker.Port);
        var mortal = Options("mortal") with { Protocol = protocol, Address = new BrokerAddress("127.0.0.1", proxy.Port), Reconnect = false };
        var breaking = await ConnectAsync(mortal with { Will = Will("wills/broken") }, new Listener());
        var stopping = await ConnectAsync(Options("stopping") with { Protocol = protocol, Will = Will("wills/stopped") }, new Listener());

        await stopping.PublishAsync(new OutboundPublish("last/word", "bye"u8.ToArray(), QualityOfService.AtMostOnce), Patience, Token);
        await stopping.DisposeAsync();
        proxy.Cut();
        await Eventually.ThatAsync("the connection is lost", () => breaking.Status.State == ConnectionState.Failed);

        await Eventually.ThatAsync("the will has come", () => listener.Topics.Contains("wills/broken"));
        Assert.Contains("last/word", listener.Topics);
        Assert.DoesNotContain("wills/stopped", listener.Topics);
    }

    [Fact]
    public async Task Properties_aliases_and_subscription_identifiers_pass_through_a_real_broker()
    {
        var listener = new Listener();
        await ConnectAsync(
            Options("listener"),
            listener,
            Filter("machines/+/temperature") with { SubscriptionIdentifier = 268_435_455 },
            Filter("others/#") with { SubscriptionIdentifier = 11 });
        var publisher = await ConnectAsync(Options("publisher"), new Listener());
        var properties = new MessageProperties
        {
            IsText = true,
            Expiry = TimeSpan.FromHours(1),
            ContentType = "text/plain",
            ResponseTopic = "answers/1",
            CorrelationData = new byte[] { 1, 0, 255 },
            UserProperties = [new("unit", "\u00B0C"), new("unit", "K")],
        };

        // More topics than the ten aliases that mosquitto takes, several times over.
        for (var i = 0; i < 60; i++)
        {
            var publish = new OutboundPublish($"machines/{i % 15}/temperature", Encoding.UTF8.GetBytes($"{i}"), QualityOfService.AtLeastOnce) { Properties = properties };
            Assert.Equal(PublishOutcome.Delivered, (await publisher.PublishAsync(publish, Patience, Token)).Outcome);
        }

        await Eventually.ThatAsync("every message has come", () => listener.Messages.Count >= 60);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => ($"machines/{i % 15}/temperature", $"{i}")), listener.Messages.Select(message => (message.Topic, message.Payload)));
        Assert.All(listener.Messages, message =>
        {
            var received = message.Properties.Message;
            Assert.Equal(properties with { Expiry = received.Expiry, CorrelationData = received.CorrelationData, UserProperties = received.UserProperties }, received);
            Assert.Equal([1, 0, 255], received.CorrelationData.ToArray());
            Assert.Equal(properties.UserProperties, received.UserProperties);
            Assert.InRange(received.Expiry!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
            Assert.Equal([268_435_455u], message.Properties.SubscriptionIdentifiers);
        });
    }

    private static TopicSubscription Filter(string filter) => new(filter, QualityOfService.AtLeastOnce);

    private static WillMessage Will(string topic) => new(topic, "gone"u8.ToArray(), QualityOfService.AtLeastOnce);

    private BrokerConnectionOptions Options(string clientId) => new()
    {
        Address = new BrokerAddress("127.0.0.1", _broker.Port),
        ClientId = clientId,
        Protocol = ProtocolPreference.V500,
    };

    private async Task<BrokerConnection> ConnectAsync(BrokerConnectionOptions options, Listener listener, params TopicSubscription[] subscriptions)
    {
        var connection = new BrokerConnection(options, subscriptions, listener, listener, NullLogger.Instance);
        _connections.Add(connection);
        connection.Start();
        await Eventually.ThatAsync($"{options.ClientId} is connected", () => connection.Status.State == ConnectionState.Connected);
        return connection;
    }

    /// <summary>Keeps what a connection receives and says.</summary>
    private sealed class Listener : IPublishHandler, IConnectionObserver
    {
        private readonly ConcurrentQueue<(string Topic, string Payload, InboundProperties Properties)> _messages = new();
        private readonly ConcurrentQueue<string> _granted = new();

        public IReadOnlyList<(string Topic, string Payload, InboundProperties Properties)> Messages => [.. _messages];

        public IReadOnlyList<string> Topics => [.. _messages.Select(message => message.Topic)];

        public IReadOnlyList<string> Payloads => [.. _messages.Select(message => message.Payload)];

        public IReadOnlyList<string> Granted => [.. _granted];

        public IReadOnlyList<HeldSubscription> Held { get; private set; } = [];

        public bool OnPublish(in InboundPublish publish)
        {
            _messages.Enqueue((Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload), publish.ReadProperties()));
            return true;
        }

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void StatusChanged(ConnectionStatus status)
        {
        }

        public void SubscriptionRefused(string filter, string reasonName, string reason)
        {
        }

        public void SubscriptionGranted(string filter, QualityOfService granted) => _granted.Enqueue(filter);

        public void SessionLost()
        {
        }

        public void SubscriptionsHeld(IReadOnlyList<HeldSubscription> subscriptions) => Held = subscriptions;
    }
}
