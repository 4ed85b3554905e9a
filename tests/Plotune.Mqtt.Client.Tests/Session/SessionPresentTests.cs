using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class SessionPresentTests : ConnectionTest
{
    private static readonly TopicSubscription[] Filters = [new("a/#"), new("b/#")];

    private BrokerConnectionOptions Keeping => Options with { SessionExpiry = TimeSpan.FromHours(1) };

    [Conformance("5.0", "MQTT-3.1.2-23", "MQTT-3.1.3-2")]
    [Fact]
    public async Task Reconnect_asks_for_the_session_that_may_exist()
    {
        var (connection, client) = await ConnectedAsync(Keeping, Filters);
        client.Close();
        await SkipBackoffAsync(connection);

        Assert.False((await (await Broker.AcceptAsync()).ExpectConnectAsync()).CleanStart);
    }

    [Fact]
    public async Task Reconnect_with_session_present_does_not_subscribe_again()
    {
        var (connection, client) = await ConnectedAsync(Keeping, Filters);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        await second.AcceptSessionAsync(sessionPresent: true);
        await ReachesAsync(connection, ConnectionState.Connected);
        await connection.DisposeAsync();

        await second.ExpectAsync(PacketType.Disconnect);
        Assert.Equal((0, 1), (Observer.SessionsLost, connection.Status.Reconnects));
    }

    [Fact]
    public async Task Reconnect_with_session_present_sends_what_changed_meanwhile()
    {
        var (connection, client) = await ConnectedAsync(Keeping, Filters);
        client.Close();
        await ReachesAsync(connection, ConnectionState.Waiting);
        await connection.UpdateSubscriptionsAsync([new("b/#"), new("c/#")], Token);
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        await second.AcceptSessionAsync(sessionPresent: true);

        Assert.Equal(["c/#"], (await second.GrantSubscribeAsync()).Filters);
        Assert.Equal(["a/#"], (await second.ExpectUnsubscribeAsync()).Filters);
    }

    [Conformance("5.0", "MQTT-3.2.2-5")]
    [Fact]
    public async Task Lost_session_is_told_and_subscribed_anew()
    {
        var (connection, client) = await ConnectedAsync(Keeping, Filters);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        await second.AcceptSessionAsync(sessionPresent: false);

        Assert.Equal(["a/#", "b/#"], (await second.GrantSubscribeAsync()).Filters);
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(1, Observer.SessionsLost);
    }

    [Fact]
    public async Task First_connection_subscribes_even_to_a_session_from_before()
    {
        Connect(Options with { CleanStart = false }, Filters);
        var client = await Broker.AcceptAsync();

        var connect = await client.AcceptSessionAsync(sessionPresent: true);

        Assert.False(connect.CleanStart);
        Assert.Equal(["a/#", "b/#"], (await client.GrantSubscribeAsync()).Filters);
    }

    [Fact]
    public async Task Absent_session_at_the_first_connection_is_no_loss()
    {
        await ConnectedAsync(Options with { CleanStart = false }, Filters);

        Assert.Equal(0, Observer.SessionsLost);
    }

    [Conformance("3.1.1", "MQTT-3.1.2-6")]
    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Clean_session_stays_clean_and_is_no_loss(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = protocol }, Filters);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        var connect = await second.AcceptSessionAsync();

        Assert.True(connect.CleanStart);
        Assert.Equal(["a/#", "b/#"], (await second.GrantSubscribeAsync()).Filters);
        Assert.Equal(0, Observer.SessionsLost);
        Assert.Contains(Logger.Entries, entry => entry.EventId.Id == 1007);
    }

    [Conformance("3.1.1", "MQTT-3.1.2-4", "MQTT-3.1.3-2", "MQTT-4.1.0-1")]
    [Fact]
    public async Task Session_of_3_1_1_is_kept_if_it_was_not_to_be_clean()
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = ProtocolPreference.V311, CleanStart = false }, Filters);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        var connect = await second.AcceptSessionAsync(sessionPresent: false);

        Assert.False(connect.CleanStart);
        Assert.Equal(["a/#", "b/#"], (await second.GrantSubscribeAsync()).Filters);
        Assert.Equal(1, Observer.SessionsLost);
    }

    [Conformance("5.0", "MQTT-3.2.2-4")]
    [Fact]
    public async Task Session_present_after_a_clean_start_is_a_breach_of_protocol()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();

        await client.AcceptSessionAsync(sessionPresent: true);

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        client.Close();
        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Session_present_after_a_clean_session_of_3_1_1_is_a_breach_of_protocol()
    {
        var connection = Connect(Options with { Protocol = ProtocolPreference.V311 });
        var client = await Broker.AcceptAsync();

        await client.AcceptSessionAsync(sessionPresent: true);

        await client.ExpectEndAsync();
        client.Close();
        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Conformance("5.0", "MQTT-4.1.0-1", "MQTT-4.3.3-10")]
    [Fact]
    public async Task Message_of_QoS_2_is_not_delivered_twice_across_connections_of_one_session()
    {
        var (connection, client) = await ConnectedAsync(Keeping, [new("a/#", QualityOfService.ExactlyOnce)]);
        await client.SendPublishAsync("a/1", "once"u8.ToArray(), qos: 2, packetIdentifier: 7);
        await client.ExpectAsync(PacketType.PubRec);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: true);

        await second.SendAsync(PacketBytes.Publish5("a/1", "once"u8.ToArray(), qos: 2, packetIdentifier: 7, duplicate: true));

        await second.ExpectAsync(PacketType.PubRec);
        Assert.Single(Handler.Messages);
    }
}
