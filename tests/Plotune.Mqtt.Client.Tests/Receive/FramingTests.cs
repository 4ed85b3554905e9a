using MQTTnet.Packets;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class FramingTests
{
    private static readonly byte[] Stream =
    [
        .. ConnAck5,
        .. Publish5("a/b", "one", 1, 10),
        .. Packet(0x90, 0, 1, 0, 0),
        .. Publish5("c", new string('x', 200), 2, 11),
        .. PingResp,
        .. PubRel(11),
        .. Publish5("d", ""),
    ];

    [Fact]
    public async Task Split_at_any_byte_the_packets_are_the_same()
    {
        for (int split = 1; split < Stream.Length; split++)
        {
            using var lane = new Lane();
            lane.Channel.Feed(Stream[..split]);
            lane.Start();
            await lane.IdleAsync();

            lane.Channel.Feed(Stream[split..]);
            lane.Channel.End();
            await lane.Receiving;

            Assert.Equal(["one", new string('x', 200), ""], lane.Handler.Payloads);
            Assert.Equal([typeof(MqttConnAckPacket), typeof(MqttSubAckPacket)], lane.Packets.Select(p => p.GetType()));
            Assert.Equal([0x40, 2, 0, 10, 0x50, 2, 0, 11, 0x70, 2, 0, 11], lane.Channel.Written);
        }
    }

    [Fact]
    public async Task Byte_by_byte_the_packets_are_the_same()
    {
        using var lane = new Lane();
        foreach (byte one in Stream)
            lane.Channel.Feed(one);
        lane.Channel.End();
        lane.Start();
        await lane.Receiving;

        Assert.Equal(3, lane.Handler.Messages.Length);
        Assert.Equal(Stream.Length, lane.Session.BytesReceived);
        Assert.Equal(3, lane.Session.PublishesReceived);
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_packet_is_an_error_that_says_so()
    {
        byte[] publish = Publish5("topic", "payload", 1, 7);
        for (int length = 1; length < publish.Length; length++)
        {
            using var lane = new Lane();
            lane.Channel.Feed([.. ConnAck5, .. publish[..length]]);
            lane.Channel.End();
            lane.Start();

            MqttException fault = await lane.FaultAsync<MqttException>();

            Assert.Contains("inside a packet", fault.Message);
            Assert.Empty(lane.Handler.Messages);
        }
    }

    [Fact]
    public async Task A_stream_that_ends_between_packets_ends_in_order()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed(Publish5("t", "x"));
        lane.Channel.End();

        await lane.Receiving;

        Assert.Null(lane.Adapter.Fault);
        Assert.Equal(["x"], lane.Handler.Payloads);
    }

    [Fact]
    public async Task A_packet_over_the_limit_ends_the_connection_as_soon_as_its_length_is_readable()
    {
        using Lane lane = Lane.Connected5(new LaneOptions { MaximumPacketSize = 1000 });
        lane.Channel.Feed([0x30, .. Length(998)]);

        MqttProtocolException fault = await lane.FaultAsync<MqttProtocolException>();

        Assert.Equal(0x95, fault.ReasonCode);
        Assert.Equal([0xE0, 1, 0x95], lane.Channel.Written);
        Assert.True(lane.Channel.IsDisposed);
    }

    [Fact]
    public async Task A_packet_of_exactly_the_limit_is_taken()
    {
        byte[] publish = Publish5("t", new string('x', 993));
        using Lane lane = Lane.Connected5(new LaneOptions { MaximumPacketSize = publish.Length });
        lane.Channel.Feed(publish);

        await lane.IdleAsync();

        Assert.Equal(1000, publish.Length);
        Assert.Single(lane.Handler.Messages);
    }

    [Conformance("5.0", "MQTT-1.5.5-1")]
    [Theory]
    [InlineData(new byte[] { 0x30, 0x80, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xD0, 0x80, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x85, 0x80, 0x00 })]
    public async Task A_remaining_length_that_is_too_long_is_malformed(byte[] bytes)
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed(bytes);

        Assert.Equal(0x81, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
    }

    [Fact]
    public async Task A_claim_of_256_MB_costs_no_memory_until_the_bytes_come()
    {
        var options = new LaneOptions { MaximumPacketSize = int.MaxValue };
        using Lane lane = Lane.Connected5(options);
        await lane.IdleAsync();
        long before = GC.GetTotalAllocatedBytes(precise: true);

        lane.Channel.Feed(0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, (byte)'t', 0);
        lane.Channel.Feed(new byte[4096]);
        await lane.IdleAsync();

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
        Assert.InRange(lane.Channel.LargestRead, 1, ReceiveBuffer.BlockSize);
    }

    [Fact]
    public async Task A_packet_larger_than_a_block_arrives_whole()
    {
        string payload = new('p', 3 << 20);
        using Lane lane = Lane.Connected5(new LaneOptions { MaximumPacketSize = 4 << 20 });
        lane.Channel.Feed([.. Publish5("big", payload), .. Publish5("next", "n")]);

        await Eventually.TrueAsync("both messages came", () => lane.Handler.Messages.Length == 2);

        Assert.Equal([payload, "n"], lane.Handler.Payloads);
    }

    [Fact]
    public async Task Publish_packets_in_the_block_of_CONNACK_are_delivered_after_it()
    {
        using var lane = new Lane();
        lane.Channel.Feed([.. ConnAck5, .. Publish5("t", "x")]);

        MqttPacket first = await lane.Adapter.ReceivePacketAsync(TestContext.Current.CancellationToken);

        Assert.IsType<MqttConnAckPacket>(first);
        Assert.Empty(lane.Handler.Messages);
        lane.Start();
        await lane.IdleAsync();
        Assert.Single(lane.Handler.Messages);
    }
}
