using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>What is published to a real mosquitto arrives, whatever happens to the broker and to the way there.</summary>
public sealed class PublishingTests : IAsyncLifetime
{
    private const int Count = 500;
    private const int PayloadLength = 4;

    private readonly List<BrokerConnection> _connections = [];
    private readonly Peer _publisher = new();
    private readonly Peer _subscriber = new();
    private BrokerProcess _broker = null!;
    private FaultProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        // Room for all of them at once, and a count of what has come.
        _broker = await BrokerProcess.StartAsync("allow_anonymous true\nmax_inflight_messages 1000\nsys_interval 1\n");
        _proxy = FaultProxy.Start(_broker.Port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _proxy.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(QualityOfService.AtLeastOnce)]
    [InlineData(QualityOfService.ExactlyOnce)]
    public async Task Kill_of_a_broker_that_keeps_sessions_with_500_messages_in_flight_loses_none_and_doubles_none_of_QoS_2(QualityOfService qos)
    {
        await SubscribeAsync();
        var publisher = await ConnectAsync("publisher", _publisher, keepsSession: true, _proxy.Port);
        _proxy.StallTowardsClient();
        Publish(publisher, 0, Count, qos);
        await Eventually.ThatAsync("the broker has every message", () => _subscriber.PublishesAtBroker >= Count);
        await _broker.SaveAsync();

        await _broker.KillAsync();
        _proxy.Cut();
        _proxy.Resume();
        Publish(publisher, Count, 10, qos);
        await _broker.StartAgainAsync();

        await AssertAllArriveAsync(Count + 10, mayDouble: qos == QualityOfService.AtLeastOnce);
        Assert.True(publisher.Status.SessionPresent);
        // The last ones may have been sent before the end of the connection was noticed.
        Assert.InRange(publisher.PublishesSentAgain, Count, Count + 10);
    }

    [Fact]
    public async Task Kill_of_a_broker_that_keeps_nothing_of_us_loses_none()
    {
        await SubscribeAsync();
        var publisher = await ConnectAsync("publisher", _publisher, keepsSession: false, _proxy.Port);
        _proxy.StallTowardsClient();
        Publish(publisher, 0, Count, QualityOfService.AtLeastOnce);
        await Eventually.ThatAsync("the broker has every message", () => _subscriber.PublishesAtBroker >= Count);
        await _broker.SaveAsync();

        await _broker.KillAsync();
        _proxy.Cut();
        _proxy.Resume();
        await _broker.StartAgainAsync();

        await AssertAllArriveAsync(Count, mayDouble: true);
        Assert.False(publisher.Status.SessionPresent);
        Assert.Equal(Count, publisher.PublishesSentAgain);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500, QualityOfService.AtLeastOnce)]
    [InlineData(ProtocolPreference.V500, QualityOfService.ExactlyOnce)]
    [InlineData(ProtocolPreference.V311, QualityOfService.ExactlyOnce)]
    public async Task Connection_that_is_cut_again_and_again_loses_none_and_doubles_none_of_QoS_2(ProtocolPreference protocol, QualityOfService qos)
    {
        const int Cuts = 8;
        await SubscribeAsync();
        var publisher = await ConnectAsync("publisher", _publisher, keepsSession: true, _proxy.Port, protocol);

        for (var cut = 1; cut <= Cuts; cut++)
        {
            Publish(publisher, (cut - 1) * Count, Count, qos);
            // In the middle of what was given now, wherever that is.
            await Eventually.ThatAsync("some of them are delivered", () => _publisher.Ended.Count > ((cut - 1) * Count) + (cut * Count / (Cuts + 2)));
            _proxy.Cut();
        }

        await AssertAllArriveAsync(Cuts * Count, mayDouble: qos == QualityOfService.AtLeastOnce);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Messages_of_QoS_2_that_a_process_left_half_delivered_do_not_swallow_those_of_the_next(ProtocolPreference protocol)
    {
        const int Left = 5;
        await SubscribeAsync();
        var first = await ConnectAsync("publisher", _publisher, keepsSession: true, _proxy.Port, protocol);
        _proxy.StallTowardsClient();
        Publish(first, 0, Left, QualityOfService.ExactlyOnce);
        await Eventually.ThatAsync("the broker has every message", () => _subscriber.PublishesAtBroker >= Left);
        _proxy.Cut();
        // Gone before it could release them.
        await first.DisposeAsync();
        _proxy.Resume();
        Assert.Empty(_subscriber.Payloads);

        var next = await ConnectAsync("publisher", new Peer(), keepsSession: true, _broker.Port, protocol);
        Assert.True(next.Status.SessionPresent);
        // The very same messages, which look like repetitions if their identifiers are in use.
        var second = new Peer();
        for (var i = 0; i < Left; i++)
        {
            next.Publish(Message(i, QualityOfService.ExactlyOnce), second, i);
        }

        await Eventually.ThatAsync("every message is delivered", () => second.Ended.Count == Left);
        await Eventually.ThatAsync("both lots have come", () => _subscriber.Payloads.Count >= 2 * Left);
        Assert.Equal([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], _subscriber.Payloads);
    }

    private static OutboundPublish Message(int number, QualityOfService qos) => new("out/t", Encoding.UTF8.GetBytes($"{number:D4}"), qos);

    private void Publish(BrokerConnection connection, int from, int count, QualityOfService qos)
    {
        for (var i = from; i < from + count; i++)
        {
            connection.Publish(Message(i, qos), _publisher, i);
        }
    }

    private async Task AssertAllArriveAsync(int count, bool mayDouble)
    {
        await Eventually.ThatAsync("every publish has ended", () => _publisher.Ended.Count == count);
        Assert.All(_publisher.Ended, ended => Assert.Equal(PublishOutcome.Delivered, ended.Value));
        await Eventually.ThatAsync("every message has come", () => _subscriber.Payloads.Distinct().Count() == count);
        var payloads = _subscriber.Payloads;
        // Each came for the first time after all given before it.
        Assert.Equal(Enumerable.Range(0, count), mayDouble ? payloads.Distinct() : payloads);
    }

    private async Task SubscribeAsync() => await ConnectAsync(
        "subscriber", _subscriber, keepsSession: true, _broker.Port, ProtocolPreference.V500, new("out/#", QualityOfService.ExactlyOnce), new("$SYS/broker/publish/bytes/received"));

    private async Task<BrokerConnection> ConnectAsync(
        string clientId, Peer peer, bool keepsSession, int port, ProtocolPreference protocol = ProtocolPreference.V500, params TopicSubscription[] subscriptions)
    {
        var options = new BrokerConnectionOptions
        {
            Address = new BrokerAddress("127.0.0.1", port),
            ClientId = clientId,
            Protocol = protocol,
            CleanStart = !keepsSession,
            SessionExpiry = keepsSession ? TimeSpan.FromHours(1) : TimeSpan.Zero,
            ReconnectDelay = TimeSpan.FromMilliseconds(100),
            ReconnectDelayMaximum = TimeSpan.FromMilliseconds(500),
        };
        var connection = new BrokerConnection(options, subscriptions, peer, peer, NullLogger.Instance);
        _connections.Add(connection);
        connection.Start();
        await Eventually.ThatAsync($"{clientId} is connected", () => connection.Status.State == ConnectionState.Connected);
        return connection;
    }

    /// <summary>Keeps what a connection received, and how its publishes ended.</summary>
    private sealed class Peer : IPublishHandler, IConnectionObserver, IPublishCompletion
    {
        private readonly ConcurrentQueue<int> _payloads = new();
        private int _publishesAtBroker;

        public ConcurrentDictionary<long, PublishOutcome> Ended { get; } = new();

        public IReadOnlyList<int> Payloads => [.. _payloads];

        /// <summary>PUBLISH packets the broker has received, as it says itself.</summary>
        public int PublishesAtBroker => Volatile.Read(ref _publishesAtBroker);

        public bool OnPublish(in InboundPublish publish)
        {
            var number = int.Parse(publish.Payload, CultureInfo.InvariantCulture);
            if (publish.Topic.StartsWith("$SYS"u8))
            {
                // Mosquitto's count of packets leaves out those of QoS 2; that of payload bytes does not.
                Volatile.Write(ref _publishesAtBroker, number / PayloadLength);
            }
            else
            {
                _payloads.Enqueue(number);
            }

            return true;
        }

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Completed(OutboundPublish publish, long id, in PublishResult result) => Assert.True(Ended.TryAdd(id, result.Outcome), "a publish ended twice");

        public void StatusChanged(ConnectionStatus status)
        {
        }

        public void SubscriptionRefused(string filter, string reasonName, string reason)
        {
        }

        public void SubscriptionGranted(string filter, QualityOfService granted)
        {
        }

        public void SessionLost()
        {
        }
    }
}
