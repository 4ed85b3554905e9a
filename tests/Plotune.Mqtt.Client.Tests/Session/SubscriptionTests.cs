using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class SubscriptionTests : ConnectionTest
{
    [Conformance("5.0", "MQTT-3.8.3-2", "MQTT-3.8.3-5")]
    [Fact]
    public async Task All_filters_go_into_one_packet_with_their_own_options()
    {
        Connect(
            Options,
            new TopicSubscription("a/#", QualityOfService.ExactlyOnce) { NoLocal = true },
            new TopicSubscription("b/+", QualityOfService.AtLeastOnce) { RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend });
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        var subscribe = await client.ExpectSubscribeAsync();

        Assert.Equal(["a/#", "b/+"], subscribe.Filters);
        Assert.Equal<byte>([0b0000_0110, 0b0010_1001], subscribe.Options);
    }

    [Conformance("3.1.1", "MQTT-3.8.3-3", "MQTT-3.8.3-4")]
    [Fact]
    public async Task Options_of_5_0_are_left_out_in_3_1_1()
    {
        Connect(
            Options with { Protocol = ProtocolPreference.V311 },
            new TopicSubscription("a/#", QualityOfService.AtLeastOnce) { NoLocal = true, RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend });
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        Assert.Equal<byte>([1], (await client.ExpectSubscribeAsync()).Options);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500, 0x87, "NotAuthorized")]
    [InlineData(ProtocolPreference.V311, 0x80, "UnspecifiedError")]
    public async Task Refused_filter_is_told_and_the_rest_stands(ProtocolPreference protocol, byte code, string name)
    {
        var connection = Connect(Options with { Protocol = protocol }, new("a"), new("secret"), new("c", QualityOfService.ExactlyOnce));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        var subscribe = await client.ExpectSubscribeAsync();

        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0, code, 1);

        await ReachesAsync(connection, ConnectionState.Connected);
        var (filter, reasonName, reason) = Assert.Single(Observer.Refused);
        Assert.Equal(("secret", name), (filter, reasonName));
        Assert.NotEmpty(reason);
        Assert.Equal([("a", QualityOfService.AtMostOnce), ("c", QualityOfService.AtLeastOnce)], Observer.Granted);
    }

    [Conformance("5.0", "MQTT-3.8.3-4")]
    [Fact]
    public async Task Filter_that_breaks_the_rules_is_refused_here_and_the_rest_is_sent()
    {
        var connection = Connect(Options, new("a/#/b"), new(""), new("fine"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        Assert.Equal(["fine"], (await client.GrantSubscribeAsync()).Filters);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(["a/#/b", ""], Observer.Refused.Select(refused => refused.Filter));
    }

    [Fact]
    public async Task Filters_a_broker_says_it_cannot_do_are_not_sent()
    {
        var connection = Connect(Options, new("a/#"), new("$share/g/b"), new("c"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(false, PacketBytes.ByteProperty(0x28, 0), PacketBytes.ByteProperty(0x2A, 0));

        Assert.Equal(["c"], (await client.GrantSubscribeAsync()).Filters);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(["WildcardSubscriptionsNotSupported", "SharedSubscriptionsNotSupported"], Observer.Refused.Select(refused => refused.ReasonName));
    }

    [Fact]
    public async Task Subscriptions_are_split_only_by_the_servers_maximum_packet_size()
    {
        var filters = Enumerable.Range(0, 500).Select(i => new TopicSubscription($"plant/line{i:D4}/#")).ToArray();
        var connection = Connect(Options, filters);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(false, PacketBytes.UInt32Property(0x27, 2_000));

        var packets = new List<ReceivedPacket>();
        var seen = new List<string>();
        while (seen.Count < filters.Length)
        {
            packets.Add(await client.ExpectAsync(PacketType.Subscribe));
            var subscribe = ReceivedSubscribe.Parse(packets[^1], 5);
            seen.AddRange(subscribe.Filters);
            await client.SendSubAckAsync(subscribe.PacketIdentifier, new byte[subscribe.Filters.Count]);
        }

        // 19 bytes a filter: five packets at least.
        Assert.Equal(5, packets.Count);
        Assert.All(packets, packet => Assert.InRange(packet.Body.Length + 3, 0, 2_000));
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(filters.Select(filter => filter.Filter), seen);
    }

    [Fact]
    public async Task Thousands_of_filters_go_in_one_packet_if_the_broker_does_not_object()
    {
        var filters = Enumerable.Range(0, 5_000).Select(i => new TopicSubscription($"plant/line{i:D4}/#")).ToArray();
        var connection = Connect(Options, filters);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        Assert.Equal(5_000, (await client.GrantSubscribeAsync()).Filters.Count);

        await ReachesAsync(connection, ConnectionState.Connected);
    }

    [Fact]
    public async Task Missing_SUBACK_leads_to_a_new_connection()
    {
        var connection = Connect(Options, new TopicSubscription("a"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        await client.ExpectSubscribeAsync();

        Clock.Advance(Options.RequestTimeout);
        await client.DrainAsync();

        Assert.Equal("SubAckTimeout", (await SkipBackoffAsync(connection)).ReasonName);
        await (await Broker.AcceptAsync()).ExpectConnectAsync();
    }

    [Fact]
    public async Task SUBACK_with_too_few_codes_leads_to_a_new_connection()
    {
        var connection = Connect(Options, new("a"), new("b"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        var subscribe = await client.ExpectSubscribeAsync();

        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0);

        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Conformance("3.1.1", "MQTT-3.10.3-2")]
    [Conformance("5.0", "MQTT-3.10.3-2")]
    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Update_sends_only_the_difference(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(
            Options with { Protocol = protocol }, [new("keep"), new("raise"), new("drop")]);

        var update = connection.UpdateSubscriptionsAsync([new("keep"), new("raise", QualityOfService.AtLeastOnce), new("add")], Token);

        Assert.Equal(["raise", "add"], (await client.GrantSubscribeAsync()).Filters);
        var unsubscribe = await client.ExpectUnsubscribeAsync();
        Assert.Equal(["drop"], unsubscribe.Filters);
        Assert.False(update.IsCompleted);
        await client.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0);
        await Eventually.CompletesAsync("the update is done", update, Token);
        Assert.Equal(ConnectionState.Connected, connection.Status.State);
    }

    [Theory]
    [InlineData("no codes", new byte[0], "Success", true)]
    [InlineData("a code that UNSUBACK does not have", new byte[] { 0x97 }, "ReasonCode0x97", false)]
    public async Task UNSUBACK_may_say_nothing_or_what_we_do_not_know(string what, byte[] codes, string reasonName, bool isEnded)
    {
        var (connection, client) = await ConnectedAsync(Options, [new("a")]);

        var update = connection.UpdateSubscriptionsAsync([], Token);
        await client.SendUnsubAckAsync((await client.ExpectUnsubscribeAsync()).PacketIdentifier, codes);

        await Eventually.CompletesAsync("the update is done", update, Token);
        Assert.True(connection.Status.State == ConnectionState.Connected, what);
        Assert.Equal([("a", reasonName)], Observer.Ended);
        Assert.Equal(isEnded, Observer.Held[^1].Count == 0);
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0 })]
    public async Task UNSUBACK_with_codes_that_nobody_can_assign_is_a_protocol_error(byte[] codes)
    {
        var (connection, client) = await ConnectedAsync(Options, [new("a"), new("b")]);

        _ = connection.UpdateSubscriptionsAsync([], Token);
        await client.SendUnsubAckAsync((await client.ExpectUnsubscribeAsync()).PacketIdentifier, codes);

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
    }

    [Fact]
    public async Task UNSUBACK_of_nothing_is_ignored()
    {
        var (_, client) = await ConnectedAsync(Options, []);

        await client.SendUnsubAckAsync(99, 0x80);

        await AssertTakesAsync(client, PacketBytes.Publish5("t", [], qos: 1, packetIdentifier: 5));
    }

    [Fact]
    public async Task Several_subscription_identifiers_are_a_protocol_error_where_no_subscription_has_one()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("t")]);

        await AssertTakesAsync(client, PublishWithIdentifiers(1));
        await client.SendAsync(PublishWithIdentifiers(1, 1));

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        client.Close();
        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Several_subscription_identifiers_are_taken_once_a_subscription_has_one()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("t")]);

        var update = connection.UpdateSubscriptionsAsync([new("t"), new("+") { SubscriptionIdentifier = 1 }, new("#") { SubscriptionIdentifier = 1 }], Token);
        await client.GrantSubscribeAsync();
        await Eventually.CompletesAsync("the update is done", update, Token);

        await AssertTakesAsync(client, PublishWithIdentifiers(1, 1));
        await AssertTakesAsync(client, PublishWithIdentifiers(1, 2));
    }

    [Fact]
    public async Task Several_subscription_identifiers_are_taken_in_a_session_that_was_there_before()
    {
        Connect(Options with { CleanStart = false });
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: true);

        await AssertTakesAsync(client, PublishWithIdentifiers(1, 1));
    }

    [Fact]
    public async Task Update_while_disconnected_is_kept_for_the_next_connection()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("old")]);
        client.Close();
        await ReachesAsync(connection, ConnectionState.Waiting);

        await connection.UpdateSubscriptionsAsync([new("new")], Token);

        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync();
        Assert.Equal(["new"], (await second.GrantSubscribeAsync()).Filters);
    }

    [Fact]
    public async Task Update_that_the_connection_does_not_survive_does_not_wait_for_ever()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("old")]);

        var update = connection.UpdateSubscriptionsAsync([new("new")], Token);
        await client.ExpectSubscribeAsync();
        client.Close();

        await Eventually.CompletesAsync("the update is done", update, Token);
    }

    [Fact]
    public async Task Filters_are_sent_with_their_subscription_identifier_one_packet_for_each()
    {
        var connection = Connect(
            Options,
            new TopicSubscription("a") { SubscriptionIdentifier = 7 },
            new TopicSubscription("b"),
            new TopicSubscription("c") { SubscriptionIdentifier = 268_435_455 },
            new TopicSubscription("d") { SubscriptionIdentifier = 7 });
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        var packets = new List<(string Filters, uint Identifier)>();
        for (var i = 0; i < 3; i++)
        {
            var subscribe = await client.GrantSubscribeAsync();
            packets.Add((string.Join(',', subscribe.Filters), subscribe.Properties.TryGetValue(0x0B, out var identifier) ? (uint)identifier : 0));
        }

        Assert.Equal([("a,d", 7u), ("b", 0u), ("c", 268_435_455u)], packets);
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(["a", "d", "b", "c"], Observer.Granted.Select(granted => granted.Filter));
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Subscription_identifier_is_left_out_where_the_broker_has_none(ProtocolPreference protocol)
    {
        Connect(Options with { Protocol = protocol }, new TopicSubscription("a") { SubscriptionIdentifier = 7 }, new TopicSubscription("b"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(false, PacketBytes.ByteProperty(0x29, 0));

        var subscribe = await client.GrantSubscribeAsync();

        Assert.Equal(["a", "b"], subscribe.Filters);
        Assert.Empty(subscribe.Properties);
    }

    [Fact]
    public async Task Subscription_identifier_past_the_protocols_maximum_is_refused_here()
    {
        var connection = Connect(Options, new TopicSubscription("a") { SubscriptionIdentifier = 268_435_456 }, new TopicSubscription("b"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        Assert.Equal(["b"], (await client.GrantSubscribeAsync()).Filters);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal("a", Assert.Single(Observer.Refused).Filter);
    }

    [Fact]
    public async Task Subscription_identifier_counts_towards_the_maximum_packet_size()
    {
        // Fixed header 5, identifier 2, property length 1, subscription identifier 5, filter 3 + 17.
        var filter = new TopicSubscription(new string('x', 17)) { SubscriptionIdentifier = 268_435_455 };
        var connection = Connect(Options, filter, new TopicSubscription(new string('y', 18)) { SubscriptionIdentifier = 1 });
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(false, PacketBytes.UInt32Property(0x27, 33));

        Assert.Equal([filter.Filter], (await client.GrantSubscribeAsync()).Filters);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal("PacketTooLarge", Assert.Single(Observer.Refused).ReasonName);
    }

    private static byte[] PublishWithIdentifiers(params byte[] identifiers) =>
        PacketBytes.Publish5("t", [], qos: 1, packetIdentifier: 5, properties: [.. identifiers.Select(identifier => new byte[] { 0x0B, identifier })]);

    private static async Task AssertTakesAsync(ScriptedConnection client, byte[] publish)
    {
        await client.SendAsync(publish);
        Assert.Equal(5, (await client.ExpectAsync(PacketType.PubAck)).PacketIdentifier);
    }
}
