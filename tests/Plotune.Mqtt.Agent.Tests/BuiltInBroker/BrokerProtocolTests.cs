using System.Text;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

/// <summary>What is promised of MQTT beyond what MQTTnet's server does by itself.</summary>
public sealed class BrokerProtocolTests
{
    private const byte SessionExpiry = 0x11;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RawClient.Version311, 0x80)]
    [InlineData(RawClient.Version5, 0x8F)]
    public async Task SUBACK_has_its_reason_codes_in_the_order_of_the_filters(byte version, byte refused)
    {
        await using var broker = await TestBroker.StartAsync();
        using var client = await broker.ConnectAsync("c", version);

        Assert.Equal([0, refused, 2, 1], await client.SubscribeAsync(("a", 0), ("b#", 2), ("c", 2), ("d", 1)));
        Assert.Equal([1, 0], await client.SubscribeAsync(("a", 1), ("b", 0)));
    }

    [Fact]
    public async Task No_more_messages_are_under_way_than_the_Receive_Maximum_and_all_arrive_in_order()
    {
        await using var broker = await TestBroker.StartAsync();
        using var publisher = await broker.ConnectAsync("publisher");
        using var client = await broker.ConnectAsync("c", RawClient.Version5, properties: PacketBytes.UInt16Property(0x21, 2));
        await client.SubscribeAsync(("t", 2));
        for (ushort number = 1; number <= 6; number++) await publisher.PublishAsync("t", $"{number}", qos: 1 + (number % 2), number);
        await publisher.PingAsync();
        await client.SendAsync(0xC0, 0);

        var received = new List<string>();
        var underWay = new Queue<ReceivedPacket>();
        var pinged = false;
        while (received.Count < 6 || underWay.Count > 0)
        {
            // Two come, and the PINGRESP, but no third.
            while (underWay.Count < 2 && received.Count < 6)
            {
                var packet = (await client.ReadAsync())!;
                pinged |= packet.Type == PacketType.PingResp;
                if (packet.Type != PacketType.Publish) continue;
                received.Add(Encoding.UTF8.GetString(packet.Body.AsSpan(6)));
                underWay.Enqueue(packet);
            }

            if (!pinged) Assert.Equal(PacketType.PingResp, (await client.ReadAsync())!.Type);
            pinged = true;
            await AcknowledgeAsync(client, underWay.Dequeue());
        }

        Assert.Equal(["1", "2", "3", "4", "5", "6"], received);
    }

    [Fact]
    public async Task A_message_larger_than_the_clients_Maximum_Packet_Size_is_left_out()
    {
        await using var broker = await TestBroker.StartAsync();
        using var publisher = await broker.ConnectAsync("publisher");
        using var client = await broker.ConnectAsync("c", RawClient.Version5, properties: PacketBytes.UInt32Property(0x27, 100));
        await client.SubscribeAsync(("t", 1));

        await publisher.PublishAsync("t", new string('x', 200), qos: 1, 1);
        await publisher.PublishAsync("t", "small", qos: 1, 2);

        Assert.Equal("small", (await client.ReadPublishAsync()).Payload);
        Assert.Equal(1, broker.Dropped(BrokerReason.PacketSize));
    }

    [Fact]
    public async Task A_QoS_2_message_that_is_sent_again_is_delivered_once_even_after_a_reconnect()
    {
        await using var broker = await TestBroker.StartAsync();
        using var subscriber = await broker.ConnectAsync("subscriber");
        await subscriber.SubscribeAsync(("t", 2));
        using (var publisher = await broker.ConnectAsync("publisher", clean: false))
        {
            await publisher.PublishAsync("t", "once", qos: 2, 7);
            Assert.Equal(PacketType.PubRec, (await publisher.ReadAsync())!.Type);
            await publisher.SendAsync(publisher.Publish("t", "once"u8.ToArray(), qos: 2, packetIdentifier: 7, duplicate: true));
            Assert.Equal(PacketType.PubRec, (await publisher.ReadAsync())!.Type);
        }

        using var again = await broker.ConnectAsync("publisher", clean: false);
        await again.SendAsync(again.Publish("t", "once"u8.ToArray(), qos: 2, packetIdentifier: 7, duplicate: true));
        Assert.Equal((PacketType.PubRec, 7), (await again.ReadAsync() is { } answer ? (answer.Type, answer.PacketIdentifier) : default));
        await again.SendAsync(PacketBytes.Acknowledgement(PacketType.PubRel, 7));
        Assert.Equal(PacketType.PubComp, (await again.ReadAsync())!.Type);
        await again.PublishAsync("t", "another", qos: 2, 7);

        Assert.Equal("once", (await subscriber.ReadPublishAsync()).Payload);
        Assert.Equal("another", (await subscriber.ReadPublishAsync()).Payload);
    }

    [Fact]
    public async Task A_publishers_DUP_flag_is_not_passed_on()
    {
        await using var broker = await TestBroker.StartAsync();
        using var client = await broker.ConnectAsync("c");
        await client.SubscribeAsync(("t", 1));

        await client.SendAsync(client.Publish("t", [1], qos: 1, packetIdentifier: 1, duplicate: true));

        Assert.Equal(0x32, (await client.ReadPublishAsync()).FirstByte);
    }

    [Theory]
    [InlineData(0x04, true)]
    [InlineData(0x00, false)]
    public async Task DISCONNECT_says_whether_the_will_is_published(byte reason, bool published)
    {
        await using var broker = await TestBroker.StartAsync();
        using var watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync(("will", 0), ("end", 0));
        byte[] will = [0, .. PacketBytes.Text("will"), .. PacketBytes.Text("gone")];
        using var client = await RawClient.ConnectAsync(broker.Port, "c", RawClient.Version5, will: will);

        await client.SendAsync(PacketBytes.Disconnect5(reason));
        await client.EndsAsync();
        if (!published) await watcher.PublishAsync("end", "nothing came");

        Assert.Equal(published ? "gone" : "nothing came", (await watcher.ReadPublishAsync()).Payload);
    }

    [Fact]
    public async Task A_session_does_not_end_under_a_client_that_took_it_over()
    {
        await using var broker = await TestBroker.StartAsync();
        var interval = PacketBytes.UInt32Property(SessionExpiry, 1);
        using var former = await broker.ConnectAsync("taken", RawClient.Version5, clean: false, properties: interval);
        using var latter = await broker.ConnectAsync("taken", RawClient.Version5, clean: false, properties: interval);
        Assert.True(latter.IsSessionPresent);
        await former.EndsAsync();

        // A session that is left behind now is over later than the one taken over would be.
        using (await broker.ConnectAsync("left", RawClient.Version5, clean: false, properties: interval))
        {
            await Eventually.TrueAsync("two sessions are seen", () => broker.Server.SessionCount == 2, Cancel);
        }

        await Eventually.TrueAsync("the one left is over", () => broker.Server.SessionCount == 1, Cancel);

        await latter.PingAsync();
    }

    [Theory]
    [InlineData(RawClient.Version31)]
    [InlineData(RawClient.Version311)]
    public async Task A_clean_session_of_older_versions_ends_with_its_connection(byte version)
    {
        await using var broker = await TestBroker.StartAsync();
        using (var client = await broker.ConnectAsync("c", version)) await client.PingAsync();

        await Eventually.TrueAsync("it is seen no more", () => broker.Server.ClientCount == 0 && broker.Server.SessionCount == 0, Cancel);
        using var again = await broker.ConnectAsync("c", clean: false);

        Assert.False(again.IsSessionPresent);
    }

    [Fact]
    public async Task A_session_kept_for_less_time_than_was_asked_for_is_said_in_CONNACK()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { SessionTime = TimeSpan.FromSeconds(77) });
        using var client = await RawClient.OpenAsync(broker.Port, RawClient.Version5);

        await client.SendAsync(RawClient.Connect("c", RawClient.Version5, properties: PacketBytes.UInt32Property(SessionExpiry, uint.MaxValue)));

        Assert.Contains("110000004D", Convert.ToHexString((await client.ReadAsync())!.Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+/#", "a", true)]
    [InlineData("x/+/#", "x/a", true)]
    [InlineData("x/+/#", "x/a/b/c", true)]
    [InlineData("x/+/#", "x", false)]
    [InlineData("x/+/+/#", "x/a/b", true)]
    [InlineData("x/+/+/#", "x/a", false)]
    [InlineData("x/a/#", "x/a", true)]
    [InlineData("x/+", "x/a/b", false)]
    [InlineData("+/#", "$x", false)]
    public async Task A_filter_that_ends_in_a_wildcard_for_the_rest_matches_its_parent_too(string filter, string topic, bool matches)
    {
        await using var broker = await TestBroker.StartAsync();
        using var client = await broker.ConnectAsync("c", RawClient.Version5);
        await client.PublishAsync(topic, "retained", retain: true);
        Assert.Equal([0, 1], await client.SubscribeAsync(("end/of/test", 0), (filter, 1)));

        await client.PublishAsync(topic, "live", qos: 1, 1);
        await client.PublishAsync("end/of/test", "end");

        var received = new List<string>();
        do received.Add((await client.ReadPublishAsync()).Payload);
        while (received[^1] != "end");
        Assert.Equal(matches ? 1 : 0, received.Count(payload => payload == "live"));
    }

    [Fact]
    public async Task A_message_that_is_retained_while_a_client_subscribes_reaches_it()
    {
        const int messages = 3000;
        await using var broker = await TestBroker.StartAsync();
        using var subscriber = await broker.ConnectAsync("subscriber");
        using var publisher = await broker.ConnectAsync("publisher");
        // The filter in question is the last that the broker comes to, a long while after it has looked at what is retained.
        (string, byte)[] filters = [.. Enumerable.Range(0, 900).Select(number => ($"others/{number}", (byte)1)), ("r/#", 0)];

        var publishing = PublishAllAsync();
        await Eventually.TrueAsync("messages are being retained", () => broker.Server.RetainedMessages > 100, Cancel);
        await subscriber.SendAsync(subscriber.Subscribe(filters));
        var received = new HashSet<string>();
        while (await ReadAsync() != PacketType.SubAck)
        {
            // What comes before is noted.
        }

        await publishing;
        while (received.Count < messages) await ReadAsync().WaitAsync(TimeSpan.FromMinutes(1), Cancel);

        async Task<PacketType> ReadAsync()
        {
            var packet = await subscriber.ReadAsync() ?? throw new UnmetExpectationException("The broker closed the connection.");
            if (packet.Type == PacketType.Publish) received.Add(Encoding.UTF8.GetString(packet.Body, 2, (packet.Body[0] << 8) | packet.Body[1]));
            return packet.Type;
        }

        async Task PublishAllAsync()
        {
            for (var number = 0; number < messages; number++) await publisher.PublishAsync($"r/{number}", "kept", retain: true);
        }
    }

    [Fact]
    public async Task The_parent_is_matched_as_long_as_a_filter_asks_for_it()
    {
        await using var broker = await TestBroker.StartAsync();
        using var client = await broker.ConnectAsync("c");
        using var publisher = await broker.ConnectAsync("publisher");
        await client.SubscribeAsync(("end", 0), ("x/+/#", 0));
        Assert.True(await GetsAsync("x/a"));

        await client.SubscribeAsync(("x/+", 0));
        await UnsubscribeAsync("x/+");
        Assert.True(await GetsAsync("x/a"));

        await client.SubscribeAsync(("x/+", 0));
        await UnsubscribeAsync("x/+/#");
        Assert.True(await GetsAsync("x/a"));
        Assert.False(await GetsAsync("x/a/b"));

        await client.SubscribeAsync(("x/+/#", 0));
        await UnsubscribeAsync("x/+");
        await UnsubscribeAsync("x/+/#");
        Assert.False(await GetsAsync("x/a"));

        async Task<bool> GetsAsync(string topic)
        {
            await publisher.PublishAsync(topic, "x");
            await publisher.PublishAsync("end", "x");
            var first = (await client.ReadPublishAsync()).Topic;
            if (first != "end") Assert.Equal("end", (await client.ReadPublishAsync()).Topic);
            return first == topic;
        }

        async Task UnsubscribeAsync(string filter)
        {
            await client.SendAsync(PacketBytes.Packet(0xA2, [0, 2, .. PacketBytes.Text(filter)]));
            await client.PingAsync();
        }
    }

    private static async Task AcknowledgeAsync(RawClient client, ReceivedPacket publish)
    {
        var identifier = (ushort)((publish.Body[3] << 8) | publish.Body[4]);
        if ((publish.FirstByte & 6) == 2)
        {
            await client.SendAsync(PacketBytes.Acknowledgement(PacketType.PubAck, identifier));
            return;
        }

        await client.SendAsync(PacketBytes.Acknowledgement(PacketType.PubRec, identifier));
        Assert.Equal(PacketType.PubRel, (await client.ReadAsync())!.Type);
        await client.SendAsync(PacketBytes.Acknowledgement(PacketType.PubComp, identifier));
    }
}
