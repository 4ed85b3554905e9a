using System.Text;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

/// <summary>Each limit under a client that does not care for it: what is kept stays bounded, the counter says so, and others go on.</summary>
public sealed class BrokerFloodTests
{
    private const int SmallBuffer = 4096;

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    /// <summary>Long enough for a CONNECT on a computer that has much else to do.</summary>
    private static readonly TimeSpan ShortConnectTime = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RawClient.Version311, 3)]
    [InlineData(RawClient.Version5, 0x89)]
    public async Task A_crowd_beyond_the_limit_of_clients_is_refused(byte version, byte reason)
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { Clients = 3 });
        using var first = await broker.ConnectAsync("first");
        using var second = await broker.ConnectAsync("second");
        await second.SubscribeAsync(("t", 0));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async number =>
        {
            using var client = await RawClient.OpenAsync(broker.Port, version);
            await client.SendAsync(RawClient.Connect($"crowd-{number}", version));
            var answer = await client.ReadAsync();
            if (answer?.Body[1] != 0) return answer!.Body[1];
            // The one that fits stays until all others were refused.
            await broker.RefusesAsync(BrokerReason.Clients, 49);
            return (byte)0;
        }));

        Assert.Equal(49, answers.Count(answer => answer == reason));
        Assert.Equal(1, answers.Count(answer => answer == 0));
        Assert.Equal(49, broker.Refused(BrokerReason.Clients));
        await GoesOnAsync(first, second);
        await Eventually.TrueAsync("the place is free again", () => broker.Server.ClientCount == 2, Cancel);
        using var next = await broker.ConnectAsync("next");
    }

    [Fact]
    public async Task A_client_that_comes_again_needs_no_second_place()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { Clients = 1 });
        using var former = await broker.ConnectAsync("same");

        using var latter = await broker.ConnectAsync("same");

        await former.EndsAsync();
        await latter.PingAsync();
        await Eventually.TrueAsync("the former is gone from the list", () => broker.Server.Clients.Count == 1, Cancel);
        Assert.Equal("same", broker.Server.Clients[0].ClientId);
        Assert.Equal(0, broker.Refused(BrokerReason.Clients));
    }

    [Fact]
    public async Task Connections_that_say_nothing_take_no_more_than_the_room_for_those_in_waiting()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { Clients = 2 });
        using var first = await broker.ConnectAsync("first");
        using var second = await broker.ConnectAsync("second");
        await second.SubscribeAsync(("t", 0));
        var silent = await Task.WhenAll(Enumerable.Range(0, BrokerLimits.ConnectionsInWaiting + 20).Select(_ => RawClient.OpenAsync(broker.Port)));

        await broker.RefusesAsync(BrokerReason.Connections, 20);

        await GoesOnAsync(first, second);
        Assert.Equal(20, broker.Refused(BrokerReason.Connections));
        foreach (var client in silent) client.Dispose();
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x10 })]
    [InlineData(new byte[] { 0x10, 13, 0, 4, (byte)'M', (byte)'Q', (byte)'T' })]
    public async Task A_CONNECT_that_is_not_complete_in_time_ends_the_connection(byte[] begun)
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { ConnectTime = ShortConnectTime });
        using var patient = await broker.ConnectAsync("patient");
        using var silent = await RawClient.OpenAsync(broker.Port);

        if (begun.Length > 0) await silent.SendAsync(begun);

        await silent.EndsAsync();
        await broker.RefusesAsync(BrokerReason.ConnectTime, 1);
        await patient.PingAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /mqtt HTTP/1.1\r\nHost: a")]
    public async Task So_does_a_WebSocket_that_is_not_asked_for_in_time(string begun)
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { ConnectTime = ShortConnectTime }, webSocket: true);
        using var silent = await RawClient.OpenAsync(broker.Server.WebSocketPort!.Value);

        if (begun.Length > 0) await silent.SendAsync(Encoding.ASCII.GetBytes(begun));

        await silent.EndsAsync();
        await broker.RefusesAsync(BrokerReason.ConnectTime, 1);
    }

    [Theory]
    [InlineData(BrokerReason.PacketSize, new byte[] { 0x10, 0x80, 0x80, 0x08 })] // 128 KiB
    [InlineData(BrokerReason.PacketSize, new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(BrokerReason.Protocol, new byte[] { 0x30, 0x80, 0x80, 0x08 })]
    [InlineData(BrokerReason.Protocol, new byte[] { 0x16, 0x03, 0x01 })] // TLS
    [InlineData(BrokerReason.Protocol, new byte[] { (byte)'G', (byte)'E', (byte)'T' })]
    public async Task Before_CONNECT_nothing_is_taken_but_a_small_CONNECT(string reason, byte[] begun)
    {
        await using var broker = await TestBroker.StartAsync();
        using var other = await broker.ConnectAsync("other");
        using var client = await RawClient.OpenAsync(broker.Port);

        await client.SendAsync(begun);

        await client.EndsAsync();
        await broker.RefusesAsync(reason, 1);
        await other.PingAsync();
    }

    [Fact]
    public async Task A_packet_that_is_announced_too_large_ends_the_connection_before_it_is_read()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { PacketBytes = 1000 });
        using var other = await broker.ConnectAsync("other");
        using var client = await broker.ConnectAsync("large");
        await client.SubscribeAsync(("t", 0));
        var fits = client.Publish("t", new byte[1000 - 3 - 3]);
        Assert.Equal(1000, fits.Length);
        await client.SendAsync(fits);
        await client.ReadPublishAsync();

        await client.SendAsync(0x30, 0xE6, 0x07); // 1,001 bytes are to come

        await client.EndsAsync();
        await broker.RefusesAsync(BrokerReason.PacketSize, 1);
        await other.PingAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0x30 })]
    [InlineData(new byte[] { 0x30, 0x80 })]
    [InlineData(new byte[] { 0x30, 10, 0, 1, (byte)'t' })]
    [InlineData(new byte[] { 0xC0, 0, 0x30, 10, 0, 1, (byte)'t' })]
    public async Task A_connection_that_is_closed_within_a_packet_is_over(byte[] begun)
    {
        await using var broker = await TestBroker.StartAsync();
        using var watcher = await broker.ConnectAsync("watcher");
        await watcher.SubscribeAsync(("will", 0));
        byte[] will = [.. PacketBytes.Text("will"), .. PacketBytes.Text("gone")];

        // Without Keep Alive nothing else would end it.
        using (var client = await RawClient.ConnectAsync(broker.Port, "c", will: will)) await client.SendAsync(begun);

        Assert.Equal("gone", (await watcher.ReadPublishAsync()).Payload);
        await Eventually.TrueAsync("its place is free", () => broker.Server.ClientCount == 1, Cancel);
    }

    [Fact]
    public async Task Sessions_of_absent_clients_take_no_more_than_their_limit()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { Sessions = 4 });
        using var other = await broker.ConnectAsync("other");
        foreach (var name in (string[])["a", "b", "c"])
        {
            using var client = await broker.ConnectAsync(name, clean: false);
        }

        await Eventually.TrueAsync("they are away", () => broker.Server.ClientCount == 1, Cancel);
        using var refused = await RawClient.OpenAsync(broker.Port, RawClient.Version5);
        await refused.SendAsync(RawClient.Connect("d", RawClient.Version5));
        Assert.Equal(0x97, (await refused.ReadAsync())!.Body[1]);
        Assert.Equal(1, broker.Refused(BrokerReason.Sessions));
        await other.PingAsync();

        using (var known = await broker.ConnectAsync("a", clean: false)) Assert.True(known.IsSessionPresent);
        using (await broker.ConnectAsync("a"))
        {
            // A clean session takes the place of the one that was kept, and goes with its client.
        }

        await Eventually.TrueAsync("its place is free", () => broker.Server.ClientCount == 1, Cancel);
        using var next = await broker.ConnectAsync("d");
    }

    [Fact]
    public async Task A_session_is_over_when_its_client_has_been_away_for_too_long()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { SessionTime = TimeSpan.FromSeconds(1) });
        using (await broker.ConnectAsync("c", clean: false))
        {
            await Eventually.TrueAsync("its session is seen", () => broker.Server.SessionCount == 1, Cancel);
        }

        await Eventually.TrueAsync("the session is over", () => broker.Server.SessionCount == 0, Cancel);

        using var late = await broker.ConnectAsync("c", clean: false);
        Assert.False(late.IsSessionPresent);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_loses_messages_and_others_get_all()
    {
        const int messages = 5000;
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { QueuedMessages = 100 });
        using var slow = await broker.ConnectAsync("slow", receiveBuffer: SmallBuffer);
        using var quick = await broker.ConnectAsync("quick");
        using var publisher = await broker.ConnectAsync("publisher");
        await slow.SubscribeAsync(("t", 0));
        await quick.SubscribeAsync(("t", 0));
        var padding = new string('x', 2000);

        var received = ReadAsync(quick, messages);
        for (var number = 0; number < messages; number++)
        {
            await publisher.PublishAsync("t", $"{number} {padding}");
            if (number % 50 > 0) continue;
            // The quick one must not fall behind, too.
            await publisher.PingAsync();
            await Eventually.TrueAsync("the quick one keeps up", () => Queued(broker, "quick") == 0, Cancel);
        }

        Assert.Equal(Enumerable.Range(0, messages), (await received).Select(NumberOf));
        Assert.True(broker.Dropped(BrokerReason.Queue) > 0);
        Assert.InRange(Queued(broker, "slow"), 1, 100);
        var kept = messages - (int)broker.Dropped(BrokerReason.Queue);
        var seen = (await ReadAsync(slow, kept)).Select(NumberOf).ToList();
        Assert.Equal(seen.Order(), seen);
        await Eventually.TrueAsync("nothing waits any more", () => broker.Server.QueuedBytes == 0, Cancel);
        await publisher.PublishAsync("t", $"{messages} again");
        Assert.Equal(messages, NumberOf((await slow.ReadPublishAsync()).Payload));
    }

    [Fact]
    public async Task What_waits_for_a_subscriber_is_bounded_in_bytes_too()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { QueuedBytes = 1 << 20 });
        using var slow = await broker.ConnectAsync("slow", receiveBuffer: SmallBuffer);
        using var publisher = await broker.ConnectAsync("publisher");
        await slow.SubscribeAsync(("t", 0));
        var message = publisher.Publish("t", new byte[100_000]);

        for (var number = 0; number < 200; number++) await publisher.SendAsync(message);
        await publisher.PingAsync();

        Assert.True(broker.Dropped(BrokerReason.Queue) > 100);
        Assert.InRange(broker.Server.QueuedBytes, 1, 1 << 20);
    }

    [Fact]
    public async Task What_waits_for_all_is_bounded_and_a_client_for_which_nothing_waits_still_gets_its_messages()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { QueuedBytesInTotal = 1 << 20 });
        using var slow = await broker.ConnectAsync("slow", receiveBuffer: SmallBuffer);
        using var quick = await broker.ConnectAsync("quick");
        using var publisher = await broker.ConnectAsync("publisher");
        await slow.SubscribeAsync(("flood", 0));
        await quick.SubscribeAsync(("calm", 0));
        var message = publisher.Publish("flood", new byte[100_000]);

        for (var number = 0; number < 200; number++) await publisher.SendAsync(message);
        await publisher.SendAsync(publisher.Publish("calm", new byte[200_000]));

        Assert.Equal(200_000, (await quick.ReadPublishAsync()).Payload.Length);
        Assert.True(broker.Dropped(BrokerReason.QueueTotal) > 100);
    }

    [Fact]
    public async Task A_subscriber_that_reads_but_never_acknowledges_gets_no_more_than_the_limit()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { QueuedMessages = 20 });
        using var subscriber = await broker.ConnectAsync("subscriber");
        using var publisher = await broker.ConnectAsync("publisher");
        await subscriber.SubscribeAsync(("t", 1));

        for (ushort number = 1; number <= 50; number++) await publisher.PublishAsync("t", $"{number}", qos: 1, number);
        await publisher.PingAsync();

        Assert.Equal(30, broker.Dropped(BrokerReason.Queue));
        var received = new List<ReceivedPacket>();
        while (received.Count < 20) received.Add((await subscriber.ReadAsync())!);
        foreach (var packet in received) await subscriber.SendAsync(0x40, 2, packet.Body[3], packet.Body[4]);
        await Eventually.TrueAsync("all are acknowledged", () => Queued(broker, "subscriber") == 0, Cancel);
        await publisher.PublishAsync("t", "next", qos: 1, 51);
        Assert.Equal("next", (await subscriber.ReadPublishAsync()).Payload);
    }

    [Fact]
    public async Task For_an_absent_client_QoS_1_is_kept_up_to_the_limit_and_QoS_0_is_not()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { QueuedMessages = 10 });
        using var publisher = await broker.ConnectAsync("publisher");
        using (var absent = await broker.ConnectAsync("absent", clean: false)) await absent.SubscribeAsync(("t", 1));
        await Eventually.TrueAsync("it is away", () => broker.Server.ClientCount == 1, Cancel);

        for (var number = 0; number < 100; number++) await publisher.PublishAsync("t", "zero");
        for (ushort number = 1; number <= 25; number++) await publisher.PublishAsync("t", $"{number}", qos: 1, number);
        await publisher.PingAsync();

        Assert.Equal(15, broker.Dropped(BrokerReason.Queue));
        using var back = await broker.ConnectAsync("absent", clean: false);
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"{number}"), await ReadAsync(back, 10));
    }

    [Fact]
    public async Task Retained_messages_beyond_their_number_are_delivered_but_not_kept()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { RetainedMessages = 3 });
        using var subscriber = await broker.ConnectAsync("subscriber");
        using var publisher = await broker.ConnectAsync("publisher");
        await subscriber.SubscribeAsync(("t/#", 0));

        for (var number = 0; number < 10; number++) await publisher.PublishAsync($"t/{number}", $"{number}", retain: true);

        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"{number}"), await ReadAsync(subscriber, 10));
        Assert.Equal((7, 3), (broker.Dropped(BrokerReason.Retained), broker.Server.RetainedMessages));
        using var late = await broker.ConnectAsync("late");
        await late.SendAsync(late.Subscribe(("t/#", 0)));
        Assert.Equal(["0", "1", "2"], (await ReadAsync(late, 3)).Order());
    }

    [Fact]
    public async Task Retained_messages_are_bounded_in_bytes_and_what_lies_around_the_payload_counts()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { RetainedBytes = 200_000 });
        using var publisher = await broker.ConnectAsync("publisher", RawClient.Version5);
        byte[] property = [0x26, .. PacketBytes.Text("note"), .. PacketBytes.Text(new string('x', 50_000))];

        for (var number = 0; number < 10; number++) await publisher.SendAsync(publisher.Publish($"t/{number}", [1], retain: true, properties: property));
        await publisher.PingAsync();

        Assert.Equal((7, 3), (broker.Dropped(BrokerReason.Retained), broker.Server.RetainedMessages));
        Assert.InRange(broker.Server.RetainedBytes, 150_000, 200_000);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("subscribe")]
    public async Task A_client_that_only_writes_is_held_up_and_then_disconnected(string what)
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { UnreadAnswers = 100, UnreadTime = Soon, CloseTime = Soon });
        using var other = await broker.ConnectAsync("other");
        using var publisher = await broker.ConnectAsync("publisher");
        await other.SubscribeAsync(("t", 0));
        using var deaf = await broker.ConnectAsync("deaf", receiveBuffer: SmallBuffer);

        await deaf.FloodAsync([.. Enumerable.Repeat(Answered(deaf, what), 1000).SelectMany(bytes => bytes)]);

        await broker.RefusesAsync(BrokerReason.UnreadAnswers, 1);
        await GoesOnAsync(publisher, other);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("subscribe")]
    [InlineData("unsubscribe")]
    [InlineData("publish at QoS 1")]
    [InlineData("publish at QoS 2")]
    [InlineData("release")]
    [InlineData("receive")]
    public async Task A_client_that_writes_fast_and_reads_is_not_taken_for_one_that_only_writes(string what)
    {
        const int packets = 2000;
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { UnreadAnswers = 3 });
        using var fast = await broker.ConnectAsync("fast");

        var writing = fast.SendAsync([.. Enumerable.Repeat(Answered(fast, what), packets).SelectMany(bytes => bytes)]);
        for (var answers = 0; answers < packets; answers++) Assert.NotNull(await fast.ReadAsync());
        await writing;

        await fast.PingAsync();
        Assert.Equal(0, broker.Refused(BrokerReason.UnreadAnswers));
    }

    [Fact]
    public async Task A_topic_alias_beyond_the_maximum_ends_the_connection()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { TopicAliases = 2 });
        using var other = await broker.ConnectAsync("other");
        using var client = await broker.ConnectAsync("client", RawClient.Version5);
        await client.SubscribeAsync(("t", 0));
        await client.SendAsync(client.Publish("t", [(byte)'1'], properties: PacketBytes.UInt16Property(0x23, 2)));
        await client.SendAsync(client.Publish("", [(byte)'2'], properties: PacketBytes.UInt16Property(0x23, 2)));
        Assert.Equal(["1", "2"], await ReadAsync(client, 2));

        await client.SendAsync(client.Publish("t", [1], properties: PacketBytes.UInt16Property(0x23, 3)));

        var goodbye = await client.ReadAsync();
        Assert.Equal((PacketType.Disconnect, 0x94), (goodbye!.Type, goodbye.Body[0]));
        await client.EndsAsync();
        Assert.Equal(1, broker.Refused(BrokerReason.TopicAlias));
        await other.PingAsync();
    }

    [Fact]
    public async Task Topic_filters_beyond_their_number_are_refused_one_by_one()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { Subscriptions = 3 });
        using var client = await broker.ConnectAsync("client", RawClient.Version5);

        Assert.Equal([0, 0], await client.SubscribeAsync(("a", 0), ("b", 0)));
        Assert.Equal([0, 0, 0x97], await client.SubscribeAsync(("a", 0), ("c", 0), ("d", 0)));
        await client.SendAsync(PacketBytes.Packet(0xA2, [0, 2, 0, .. PacketBytes.Text("a")]));
        await client.PingAsync();

        Assert.Equal([0], await client.SubscribeAsync(("d", 0)));
        Assert.Equal(1, broker.Refused(BrokerReason.Subscriptions));
    }

    [Fact]
    public async Task Topic_filters_are_bounded_in_characters_too()
    {
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { SubscriptionCharacters = 100_000 });
        using var client = await broker.ConnectAsync("client");

        var codes = await client.SubscribeAsync([.. Enumerable.Range(0, 10).Select(number => ($"{number}{new string('x', 30_000)}", (byte)0))]);

        Assert.Equal([0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], codes);
        Assert.Equal(7, broker.Refused(BrokerReason.Subscriptions));
    }

    [Fact]
    public async Task Taking_over_from_a_client_that_does_not_read_holds_up_nobody()
    {
        // MQTTnet would wait this long for the old connection to take its DISCONNECT, and let in nobody meanwhile.
        await using var broker = await TestBroker.StartAsync(new BrokerLimits { ConnectTime = TimeSpan.FromHours(1) });
        using var stalled = await broker.ConnectAsync("stalled", RawClient.Version5, receiveBuffer: SmallBuffer);
        using var publisher = await broker.ConnectAsync("publisher");
        await stalled.SubscribeAsync(("t", 0));
        var message = publisher.Publish("t", new byte[100_000]);
        for (var number = 0; number < 100; number++) await publisher.SendAsync(message);
        await publisher.PingAsync();
        Assert.True(Queued(broker, "stalled") > 1);

        using var again = await Eventually.CompletesAsync("the client is let in again", broker.ConnectAsync("stalled", RawClient.Version5), Cancel);
        using var other = await Eventually.CompletesAsync("another is let in", broker.ConnectAsync("other"), Cancel);

        await again.PingAsync();
        await other.PingAsync();
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_clients_that_do_not_read()
    {
        var broker = await TestBroker.StartAsync(new BrokerLimits { ConnectTime = TimeSpan.FromHours(1) });
        using var publisher = await broker.ConnectAsync("publisher");
        var stalled = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => broker.ConnectAsync($"stalled-{number}", RawClient.Version5, receiveBuffer: SmallBuffer)));
        foreach (var client in stalled) await client.SubscribeAsync(("t", 0));
        var message = publisher.Publish("t", new byte[100_000]);
        for (var number = 0; number < 100; number++) await publisher.SendAsync(message);
        await publisher.PingAsync();

        await Eventually.CompletesAsync("the broker has stopped", broker.DisposeAsync().AsTask(), Cancel);

        foreach (var client in stalled) client.Dispose();
    }

    /// <summary>A packet that the broker has to answer.</summary>
    private static byte[] Answered(RawClient client, string what) => what switch
    {
        "ping" => [0xC0, 0],
        "subscribe" => client.Subscribe([.. Enumerable.Repeat(("some/filter", (byte)0), 100)]),
        "unsubscribe" => PacketBytes.Packet(0xA2, [0, 1, .. PacketBytes.Text("some/filter")]),
        "publish at QoS 1" => client.Publish("nobody/listens", [1], qos: 1, packetIdentifier: 1),
        "publish at QoS 2" => client.Publish("nobody/listens", [1], qos: 2, packetIdentifier: 1),
        "release" => PacketBytes.Acknowledgement(PacketType.PubRel, 1),
        "receive" => PacketBytes.Acknowledgement(PacketType.PubRec, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    private static int Queued(TestBroker broker, string clientId) => broker.Server.Clients.Single(client => client.ClientId == clientId).Queued;

    private static async Task GoesOnAsync(RawClient publisher, RawClient subscriberToT)
    {
        await publisher.PublishAsync("t", "still here");
        Assert.Equal("still here", (await subscriberToT.ReadPublishAsync()).Payload);
    }

    private static async Task<List<string>> ReadAsync(RawClient client, int messages)
    {
        var payloads = new List<string>();
        while (payloads.Count < messages) payloads.Add((await client.ReadPublishAsync()).Payload);
        return payloads;
    }

    private static int NumberOf(string payload) => int.Parse(payload.AsSpan(0, payload.IndexOf(' ')), System.Globalization.CultureInfo.InvariantCulture);
}
