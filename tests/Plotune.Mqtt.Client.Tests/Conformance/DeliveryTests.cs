using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>The exchanges of chapter 4, in both versions and both directions, over a real connection.</summary>
public sealed class DeliveryTests : ConnectionTest
{
    public static TheoryData<ProtocolPreference> Versions => [ProtocolPreference.V311, ProtocolPreference.V500];

    [Conformance(
        "3.1.1",
        "MQTT-2.3.1-6", "MQTT-3.3.4-1", "MQTT-4.1.0-2", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-4.5.0-2", "MQTT-4.6.0-2", "MQTT-4.6.0-3", "MQTT-7.1.2-1")]
    [Conformance(
        "5.0",
        "MQTT-2.2.1-5", "MQTT-3.3.4-1", "MQTT-4.2.0-1", "MQTT-4.3.2-4", "MQTT-4.3.2-5", "MQTT-4.3.3-8", "MQTT-4.3.3-10", "MQTT-4.3.3-11", "MQTT-4.3.3-12",
        "MQTT-4.5.0-2", "MQTT-4.6.0-2", "MQTT-4.6.0-3")]
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Messages_of_the_broker_are_answered_in_their_order_and_QoS_2_is_delivered_once(ProtocolPreference version)
    {
        var (_, client) = await ConnectedAsync(Options with { Protocol = version }, []);

        await client.SendPublishAsync("t", "1"u8.ToArray(), qos: 1, packetIdentifier: 1);
        await client.SendPublishAsync("t", "2"u8.ToArray(), qos: 2, packetIdentifier: 2);
        await client.SendPublishAsync("t", "3"u8.ToArray(), qos: 1, packetIdentifier: 3);
        await client.SendPublishAsync("t", "4"u8.ToArray(), qos: 2, packetIdentifier: 4);
        await ExpectAsync(client, (PacketType.PubAck, 1), (PacketType.PubRec, 2), (PacketType.PubAck, 3), (PacketType.PubRec, 4));

        await client.SendPublishAsync("t", "2"u8.ToArray(), qos: 2, packetIdentifier: 2);
        await client.SendPublishAsync("t", "1 anew"u8.ToArray(), qos: 1, packetIdentifier: 1);
        await ExpectAsync(client, (PacketType.PubRec, 2), (PacketType.PubAck, 1));

        await client.SendAcknowledgementAsync(PacketType.PubRel, 2);
        await ExpectAsync(client, (PacketType.PubComp, 2));
        await client.SendPublishAsync("t", "2 anew"u8.ToArray(), qos: 2, packetIdentifier: 2);
        await ExpectAsync(client, (PacketType.PubRec, 2));

        Assert.Equal(["1", "2", "3", "4", "1 anew", "2 anew"], Handler.Messages.Select(message => message.Payload));
    }

    [Conformance("3.1.1", "MQTT-2.3.1-1", "MQTT-2.3.1-2", "MQTT-3.3.2-1", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-4.6.0-4")]
    [Conformance(
        "5.0",
        "MQTT-2.2.1-3", "MQTT-3.3.2-1", "MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-4.3.3-4", "MQTT-4.3.3-6", "MQTT-4.6.0-4")]
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Messages_of_ours_hold_identifiers_of_their_own_and_are_released_in_the_order_of_PUBREC(ProtocolPreference version)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = version }, []);
        var publishing = Enumerable.Range(0, 6).Select(i => PublishAsync(connection, $"t/{i}", (QualityOfService)(1 + (i % 2)))).ToList();

        var published = new List<ReceivedPublish>();
        for (var i = 0; i < 6; i++)
            published.Add(await client.ExpectPublishAsync());

        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"t/{i}"), published.Select(publish => publish.Topic).Order(StringComparer.Ordinal));
        Assert.All(published, publish => Assert.True(publish is { Duplicate: false, PacketIdentifier: > 0 }));
        Assert.Equal(6, published.Select(publish => publish.PacketIdentifier).Distinct().Count());
        var exactlyOnce = published.Where(publish => publish.Qos == 2).Select(publish => publish.PacketIdentifier).Reverse().ToList();
        foreach (var identifier in exactlyOnce)
            await client.SendAcknowledgementAsync(PacketType.PubRec, identifier);
        await ExpectAsync(client, [.. exactlyOnce.Select(identifier => (PacketType.PubRel, identifier))]);
        foreach (var publish in published)
            await client.SendAcknowledgementAsync(publish.Qos == 1 ? PacketType.PubAck : PacketType.PubComp, publish.PacketIdentifier);

        Assert.All(await Task.WhenAll(publishing), result => Assert.Equal(PublishOutcome.Delivered, result.Outcome));
    }

    [Conformance("3.1.1", "MQTT-2.3.1-1", "MQTT-2.3.1-5", "MQTT-3.3.1-2", "MQTT-3.8.1-1", "MQTT-3.10.1-1")]
    [Conformance("5.0", "MQTT-2.2.1-2", "MQTT-2.2.2-1", "MQTT-3.3.1-2", "MQTT-3.8.1-1", "MQTT-3.10.1-1")]
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Packets_of_ours_have_the_bytes_of_the_specification(ProtocolPreference version)
    {
        byte[] noProperties = version == ProtocolPreference.V500 ? [0] : [];
        var (connection, client) = await ConnectedAsync(Options with { Protocol = version }, []);

        await PublishAsync(connection, "t", QualityOfService.AtMostOnce);
        var publish = await client.ExpectAsync(PacketType.Publish);
        var update = connection.UpdateSubscriptionsAsync([new("a", QualityOfService.AtLeastOnce)], ["b"], Token);
        var subscribe = await client.ExpectAsync(PacketType.Subscribe);
        await client.SendSubAckAsync(subscribe.PacketIdentifier, 1);
        var unsubscribe = await client.ExpectAsync(PacketType.Unsubscribe);
        await client.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0);
        await Eventually.CompletesAsync("the update", update, Token);

        Assert.Equal((0x30, 0x82, 0xA2), (publish.FirstByte, subscribe.FirstByte, unsubscribe.FirstByte));
        Assert.Equal([.. PacketBytes.Text("t"), .. noProperties, .. "payload"u8], publish.Body);
        Assert.Equal([.. noProperties, .. PacketBytes.Text("a"), 1], subscribe.Body[2..]);
        Assert.Equal([.. noProperties, .. PacketBytes.Text("b")], unsubscribe.Body[2..]);
        Assert.NotEqual(0, subscribe.PacketIdentifier);
        Assert.NotEqual(0, unsubscribe.PacketIdentifier);
    }

    [Conformance("5.0", "MQTT-3.3.4-8", "MQTT-4.9.0-2", "MQTT-4.9.0-3")]
    [Fact]
    public async Task A_full_window_holds_back_nothing_but_PUBLISH()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 1));
        var first = PublishAsync(connection, "t/1", QualityOfService.AtLeastOnce);
        var second = PublishAsync(connection, "t/2", QualityOfService.AtLeastOnce);
        var open = await client.ExpectPublishAsync();

        await client.SendPublishAsync("in", "x"u8.ToArray(), qos: 1, packetIdentifier: 9);
        await ExpectAsync(client, (PacketType.PubAck, 9));
        var update = connection.UpdateSubscriptionsAsync([new("a")], Token);
        await client.GrantSubscribeAsync();
        await Eventually.CompletesAsync("the update", update, Token);
        Assert.False(second.IsCompleted);

        await client.SendAcknowledgementAsync(PacketType.PubAck, open.PacketIdentifier);
        await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);
        Assert.All(await Task.WhenAll(first, second), result => Assert.Equal(PublishOutcome.Delivered, result.Outcome));
    }

    [Conformance("5.0", "MQTT-3.2.2-17", "MQTT-3.2.2-18", "MQTT-3.3.2-9", "MQTT-3.3.4-6")]
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Messages_of_ours_have_no_alias_beyond_the_servers_and_no_subscription_identifier(int aliasMaximum)
    {
        var (connection, client) = await ConnectedAsync(Options, [], aliasMaximum == 0 ? [] : [PacketBytes.UInt16Property(0x22, (ushort)aliasMaximum)]);

        for (var i = 0; i < 12; i++)
        {
            await PublishAsync(connection, $"t/{i % 4}", QualityOfService.AtMostOnce);
            var publish = await client.ExpectPublishAsync();
            Assert.False(publish.Properties.ContainsKey(0x0B));
            if (publish.Properties.TryGetValue(0x23, out var alias))
                Assert.InRange(Convert.ToInt32(alias, System.Globalization.CultureInfo.InvariantCulture), 1, aliasMaximum);
        }
    }

    [Conformance("5.0", "MQTT-4.3.3-7", "MQTT-4.3.3-13")]
    [Fact]
    public async Task Exchanges_are_completed_though_their_messages_have_expired()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = PublishAsync(connection, "out", QualityOfService.ExactlyOnce, new MessageProperties { Expiry = TimeSpan.FromSeconds(1) });
        var publish = await client.ExpectPublishAsync();
        await client.SendAsync(PacketBytes.Publish5("in", [1], qos: 2, packetIdentifier: 5, properties: PacketBytes.UInt32Property(0x02, 1)));
        await ExpectAsync(client, (PacketType.PubRec, 5));

        // Less than makes the broker count as stalled.
        Clock.Advance(TimeSpan.FromSeconds(50));

        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        await ExpectAsync(client, (PacketType.PubRel, publish.PacketIdentifier));
        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);
        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
        await client.SendAcknowledgementAsync(PacketType.PubRel, 5);
        await ExpectAsync(client, (PacketType.PubComp, 5));
    }

    [Conformance("5.0", "MQTT-3.3.2-7")]
    [Fact]
    public async Task An_alias_of_one_connection_means_nothing_on_the_next()
    {
        byte[] alias = PacketBytes.UInt16Property(0x23, 1);
        var (connection, client) = await ConnectedAsync(Options with { TopicAliasMaximum = 5 }, []);
        await client.SendAsync(PacketBytes.Publish5("t", [1], properties: alias));
        await client.SendAsync(PacketBytes.Publish5("", [2], properties: alias));
        await Eventually.TrueAsync("both messages are there", () => Handler.Messages.Count == 2, Token);
        client.Close();
        await SkipBackoffAsync(connection);

        var next = await Broker.AcceptAsync();
        await next.AcceptSessionAsync();
        await next.SendAsync(PacketBytes.Publish5("", [3], properties: alias));

        Assert.Equal([0x82], (await next.ExpectAsync(PacketType.Disconnect)).Body);
        Assert.Equal(2, Handler.Messages.Count);
    }

    [Conformance("3.1.1", "MQTT-1.5.3-3")]
    [Conformance("5.0", "MQTT-1.5.4-3")]
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_zero_width_no_break_space_stays_where_it_is(ProtocolPreference version)
    {
        var (_, client) = await ConnectedAsync(Options with { Protocol = version }, []);

        await client.SendPublishAsync("\uFEFFa\uFEFF", "x"u8.ToArray());

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        Assert.Equal("\uFEFFa\uFEFF", Handler.Messages[0].Topic);
    }

    [Conformance("3.1.1", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-4.8.0-1")]
    [Theory]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { (byte)'a', 0 })]
    public async Task In_3_1_1_a_string_that_is_none_closes_the_connection(byte[] topic)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = ProtocolPreference.V311 }, []);

        await client.SendAsync(PacketBytes.Packet(0x30, [.. PacketBytes.TwoBytes((ushort)topic.Length), .. topic, 1]));

        Assert.Empty(await client.DrainAsync());
        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Equal(("ProtocolViolation", ConnectionEndCause.ProtocolViolation), (connection.Status.ReasonName, connection.Status.Cause));
        Assert.Empty(Handler.Messages);
    }

    private static Task<PublishResult> PublishAsync(BrokerConnection connection, string topic, QualityOfService qos, MessageProperties? properties = null) =>
        connection.PublishAsync(
            new OutboundPublish(topic, "payload"u8.ToArray(), qos) { Properties = properties ?? new MessageProperties() }, Timeout.InfiniteTimeSpan, Token);

    private static async Task ExpectAsync(ScriptedConnection client, params (PacketType Type, ushort Identifier)[] expected)
    {
        foreach (var (type, identifier) in expected)
            Assert.Equal((type, identifier), (type, (await client.ExpectAsync(type)).PacketIdentifier));
    }
}
