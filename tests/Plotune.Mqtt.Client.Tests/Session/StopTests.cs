using Plotune.Mqtt.Client.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class StopTests : ConnectionTest
{
    [Conformance("3.1.1", "MQTT-3.14.4-1", "MQTT-3.14.4-2")]
    [Conformance("5.0", "MQTT-3.14.4-1", "MQTT-3.14.4-2")]
    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Stop_says_goodbye_and_closes_in_good_order(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = protocol }, []);

        var stop = connection.DisposeAsync().AsTask();

        var goodbye = await client.ExpectAsync(PacketType.Disconnect);
        Assert.True(goodbye.Body.Length == 0 || goodbye.Body[0] == 0);
        await client.ExpectEndAsync();
        client.Close();
        await Eventually.CompletesAsync("the stop", stop, Token);
        Assert.Equal(ConnectionState.Stopped, connection.Status.State);
        Logger.ThrowOnErrors();
    }

    [Theory]
    [InlineData(ProtocolPreference.V500, true, 60, new byte[] { 0, 5, 0x11, 0, 0, 0, 0 })]
    [InlineData(ProtocolPreference.V500, true, 0, new byte[] { 0, 0 })]
    [InlineData(ProtocolPreference.V500, false, 60, new byte[] { 0, 0 })]
    [InlineData(ProtocolPreference.V311, true, 60, new byte[0])]
    public async Task Stop_ends_a_session_that_is_not_to_outlive_it(ProtocolPreference protocol, bool ends, int expiry, byte[] goodbye)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = protocol, EndSessionOnStop = ends, SessionExpiry = TimeSpan.FromSeconds(expiry) }, []);

        var stop = connection.DisposeAsync().AsTask();

        Assert.Equal(goodbye, (await client.ExpectAsync(PacketType.Disconnect)).Body);
        await client.ExpectEndAsync();
        client.Close();
        await Eventually.CompletesAsync("the stop", stop, Token);
    }

    [Fact]
    public async Task Last_messages_reach_the_broker_though_its_own_are_unread()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("a/#")]);
        Handler.Gate = new TaskCompletionSource();
        // Held back by the handler, these stay unread, which makes a careless close a reset.
        for (var i = 0; i < 200; i++)
            await client.SendPublishAsync("a/b", new byte[1_000]);
        var payload = new byte[100_000];
        for (var i = 0; i < 5; i++)
            await connection.PublishAsync(new OutboundPublish("last", payload, QualityOfService.AtMostOnce), TimeSpan.FromSeconds(10), Token);

        var stop = connection.DisposeAsync().AsTask();

        for (var i = 0; i < 5; i++)
            Assert.Equal(payload.Length, (await client.ExpectPublishAsync()).Payload.Length);
        await client.ExpectAsync(PacketType.Disconnect);
        await client.ExpectEndAsync();
        client.Close();
        await Eventually.CompletesAsync("the stop", stop, Token);
    }

    [Fact]
    public async Task Stop_is_bounded_though_the_broker_neither_reads_nor_closes()
    {
        var (connection, _) = await ConnectedAsync(Options, []);
        var publishes = Enumerable.Range(0, 20)
            .Select(_ => connection.PublishAsync(new OutboundPublish("big", new byte[1_000_000], QualityOfService.AtMostOnce), TimeSpan.FromHours(1), Token))
            .ToList();
        await Eventually.TrueAsync("the socket is full", () => publishes.Any(publish => publish.IsCompleted) && publishes.Any(publish => !publish.IsCompleted), Token);

        await Eventually.CompletesAsync("the stop", connection.DisposeAsync().AsTask(), Token);

        var results = await Eventually.CompletesAsync("every publish ends", Task.WhenAll(publishes), Token);
        Assert.Contains(results, result => result.Outcome == PublishOutcome.ConnectionLost);
    }

    [Fact]
    public async Task Stop_while_connecting_does_not_wait_for_CONNACK()
    {
        var connection = Connect(Options);
        await (await Broker.AcceptAsync()).ExpectConnectAsync();

        await Eventually.CompletesAsync("the stop", connection.DisposeAsync().AsTask(), Token, TimeSpan.FromSeconds(4));

        Assert.Equal(ConnectionState.Stopped, connection.Status.State);
    }

    [Fact]
    public async Task Stop_while_backing_off_is_immediate()
    {
        var connection = Connect(Options);
        (await Broker.AcceptAsync()).Reset();
        await ReachesAsync(connection, ConnectionState.Waiting);

        await Eventually.CompletesAsync("the stop", connection.DisposeAsync().AsTask(), Token, TimeSpan.FromSeconds(4));

        Assert.Equal(ConnectionState.Stopped, connection.Status.State);
    }

    [Fact]
    public async Task List_of_subscriptions_that_comes_after_the_last_connection_keeps_nobody_waiting()
    {
        var wanted = new WantedSubscriptions([]);
        var before = wanted.Replace([new("a")]);

        wanted.Close();

        await Eventually.CompletesAsync("both updates", Task.WhenAll(before, wanted.Replace([new("b")])), Token);
    }

    [Fact]
    public async Task Stop_may_be_called_twice_and_before_the_start()
    {
        var connection = new BrokerConnection(Options, [], Handler, Observer, Logger, Clock);

        await connection.DisposeAsync();
        await connection.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(connection.Start);
    }

    [Fact]
    public async Task Failed_connection_can_be_stopped()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();
        await client.SendConnAckAsync(0x87);
        await ReachesAsync(connection, ConnectionState.Failed);

        await connection.DisposeAsync();

        Assert.Equal(ConnectionState.Stopped, connection.Status.State);
    }
}
