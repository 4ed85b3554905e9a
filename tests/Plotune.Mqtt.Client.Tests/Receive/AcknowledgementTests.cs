using System.Text;
using MQTTnet.Packets;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class AcknowledgementTests
{
    [Conformance("5.0", "MQTT-2.2.1-5", "MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-11", "MQTT-4.5.0-2", "MQTT-4.6.0-2", "MQTT-4.6.0-3")]
    [Fact]
    public async Task Acknowledgements_of_a_block_leave_in_order_and_in_one_write()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed([.. Publish5("t", "a", 1, 3), .. Publish5("t", "b", 2, 1), .. Publish5("t", "c"), .. Publish5("t", "d", 1, 2)]);
        await lane.IdleAsync();

        Assert.Equal([0x40, 2, 0, 3, 0x50, 2, 0, 1, 0x40, 2, 0, 2], Assert.Single(lane.Channel.Writes));
        Assert.Equal(1, lane.Handler.HandOvers);
    }

    [Conformance("5.0", "MQTT-4.3.2-4", "MQTT-4.3.3-8")]
    [Fact]
    public async Task No_acknowledgement_leaves_before_the_hand_over_has_completed()
    {
        using Lane lane = Lane.Connected5();
        lane.Handler.HoldHandOver();
        lane.Channel.Feed([.. Publish5("t", "a", 1, 1), .. Publish5("t", "b", 2, 2)]);
        await Eventually.TrueAsync("the lane hands over", () => lane.Handler.IsHandingOver);

        Assert.Empty(lane.Channel.Writes);
        Assert.False(lane.Channel.IsReadPending);
        lane.Handler.LetHandOverGo();
        await lane.IdleAsync();

        Assert.Equal([0x40, 2, 0, 1, 0x50, 2, 0, 2], lane.Channel.Written);
    }

    [Fact]
    public async Task A_full_batch_is_handed_over_before_the_next_message()
    {
        using Lane lane = Lane.Connected5(handler: new RecordingHandler { BatchSize = 2 });
        lane.Handler.HoldHandOver();
        lane.Channel.Feed([.. Publish5("t", "a", 1, 1), .. Publish5("t", "b", 1, 2), .. Publish5("t", "c", 1, 3)]);
        await Eventually.TrueAsync("the lane hands over", () => lane.Handler.IsHandingOver);

        Assert.Equal(["a", "b"], lane.Handler.Payloads);
        lane.Handler.LetHandOverGo();
        await lane.IdleAsync();

        Assert.Equal(["a", "b", "c"], lane.Handler.Payloads);
        Assert.Equal(2, lane.Channel.Writes.Length);
        Assert.Equal([0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 0, 3], lane.Channel.Written);
    }

    [Conformance("3.1.1", "MQTT-4.8.0-2")]
    [Fact]
    public async Task A_failed_hand_over_ends_the_connection_without_acknowledging()
    {
        using Lane lane = Lane.Connected5();
        lane.Handler.HandOverFailure = new InvalidOperationException("the pipe is gone");
        lane.Channel.Feed(Publish5("t", "a", 1, 1));

        InvalidOperationException fault = await lane.FaultAsync<InvalidOperationException>();

        Assert.Same(lane.Handler.HandOverFailure, fault);
        Assert.Equal([0xE0, 1, 0x83], lane.Channel.Written);
        Assert.True(lane.Channel.IsDisposed);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_connection_without_acknowledging()
    {
        using Lane lane = Lane.Connected4();
        lane.Handler.PublishFailure = new InvalidOperationException("a bug");
        lane.Channel.Feed(Publish4("t", "a", 1, 1));

        await lane.FaultAsync<InvalidOperationException>();

        Assert.Empty(lane.Channel.Writes);
    }

    [Fact]
    public async Task Messages_before_a_violation_are_handed_over_and_acknowledged()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed([.. Publish5("t", "a", 1, 1), 0x36, 4, 0, 1, (byte)'t', 0]);

        await lane.FaultAsync<MqttProtocolException>();

        Assert.Equal(1, lane.Handler.HandOvers);
        Assert.Equal([0x40, 2, 0, 1, 0xE0, 1, 0x81], lane.Channel.Written);
    }

    [Fact]
    public async Task Messages_before_DISCONNECT_are_handed_over()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed([.. Publish5("t", "a"), 0xE0, 1, 0x8B]);
        await Eventually.TrueAsync("DISCONNECT came", () => lane.Packets.OfType<MqttDisconnectPacket>().Any());

        Assert.Equal(1, lane.Handler.HandOvers);
    }

    [Conformance("5.0", "MQTT-3.7.2-1", "MQTT-4.3.3-11")]
    [Theory]
    [InlineData(new byte[] { 0x62, 2, 0, 9 })]
    [InlineData(new byte[] { 0x62, 3, 0, 9, 0x92 })]
    [InlineData(new byte[] { 0x62, 4, 0, 9, 0, 0 })]
    public async Task PUBREL_for_an_unknown_identifier_is_answered_with_PUBCOMP_that_says_so(byte[] pubRel)
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed(pubRel);
        await lane.IdleAsync();

        Assert.Equal([0x70, 3, 0, 9, 0x92], lane.Channel.Written);
        Assert.IsType<MqttConnAckPacket>(Assert.Single(lane.Packets));
    }

    [Fact]
    public async Task In_3_1_1_PUBCOMP_has_no_reason_code()
    {
        using Lane lane = Lane.Connected4();
        lane.Channel.Feed(PubRel(9));
        await lane.IdleAsync();

        Assert.Equal([0x70, 2, 0, 9], lane.Channel.Written);
    }

    [Fact]
    public async Task A_writer_that_is_stuck_does_not_stop_reading_and_loses_no_acknowledgement()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        lane.Channel.HoldWrites();
        var expected = new List<byte>();
        for (ushort id = 1; id <= 500; id++)
        {
            lane.Channel.Feed(Publish5("t", "x", 1, id));
            expected.AddRange([0x40, 2, (byte)(id >> 8), (byte)id]);
        }
        await Eventually.TrueAsync("everything was read", () => lane.Handler.Messages.Length == 500);

        Assert.Empty(lane.Channel.Writes);
        lane.Channel.LetWritesGo();
        await Eventually.TrueAsync("everything is acknowledged", () => lane.Channel.Written.Length == expected.Count);

        Assert.Equal(expected, lane.Channel.Written);
        Assert.InRange(lane.Channel.Writes.Length, 1, 2);
    }

    [Fact]
    public async Task A_broker_that_sends_and_never_reads_is_held_back_and_then_given_up()
    {
        using Lane lane = Lane.Connected5(new LaneOptions { PingTimeout = TimeSpan.FromMilliseconds(200) });
        await lane.IdleAsync();
        lane.Channel.HoldWrites();
        byte[] releases = [.. Enumerable.Range(1, 10_000).SelectMany(id => PubRel((ushort)id))];
        for (int i = 0; i < 30; i++)
            lane.Channel.Feed(releases);

        await lane.FaultAsync<MqttTimeoutException>();

        Assert.InRange(lane.Session.BytesReceived, ControlWriter.MaximumBacklog / 2, ControlWriter.MaximumBacklog + 3 * ReceiveBuffer.BlockSize);
    }

    [Fact]
    public async Task The_clients_packets_and_acknowledgements_never_mix()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        Task[] sends = [.. Enumerable.Range(1, 50).Select(id => Task.Run(() => lane.Adapter.SendPacketAsync(
            new MqttUnsubscribePacket { PacketIdentifier = (ushort)id, TopicFilters = ["filter"] }, TestContext.Current.CancellationToken)))];
        for (ushort id = 1; id <= 50; id++)
            lane.Channel.Feed(Publish5("t", "x", 1, id));
        await Task.WhenAll(sends);
        await Eventually.TrueAsync("all is written", () => lane.Channel.Written.Length == 50 * 4 + 50 * 13);

        foreach (byte[] write in lane.Channel.Writes)
            Assert.True(write[0] == 0xA2 && write.Length == 13 || write[0] == 0x40 && write.Length % 4 == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task More_than_Receive_Maximum_unacknowledged_messages_are_a_violation(int qualityOfService)
    {
        using Lane lane = Lane.Connected5(new LaneOptions { ReceiveMaximum = 2 });
        lane.Channel.Feed([.. Publish5("t", "a", qualityOfService, 1), .. Publish5("t", "b", qualityOfService, 2), .. Publish5("t", "c", qualityOfService, 3)]);

        MqttProtocolException fault = await lane.FaultAsync<MqttProtocolException>();

        Assert.Equal(0x93, fault.ReasonCode);
        Assert.Equal(["a", "b"], lane.Handler.Payloads);
    }

    [Fact]
    public async Task Acknowledged_messages_do_not_count_against_Receive_Maximum()
    {
        using Lane lane = Lane.Connected5(new LaneOptions { ReceiveMaximum = 2 });
        for (ushort id = 1; id <= 100; id++)
        {
            lane.Channel.Feed([.. Publish5("t", "a", 1, id), .. Publish5("t", "b", 2, 1000)]);
            await lane.IdleAsync();
            lane.Channel.Feed(PubRel(1000));
            await lane.IdleAsync();
        }

        Assert.Null(lane.Adapter.Fault);
        Assert.Equal(200, lane.Handler.Messages.Length);
    }

    [Fact]
    public async Task A_message_with_QoS_2_counts_until_PUBCOMP()
    {
        using Lane lane = Lane.Connected5(new LaneOptions { ReceiveMaximum = 1 });
        lane.Channel.Feed(Publish5("t", "a", 2, 1));
        await lane.IdleAsync();
        lane.Channel.Feed(Publish5("t", "b", 2, 2));

        Assert.Equal(0x93, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
    }

    [Fact]
    public async Task In_3_1_1_there_is_no_Receive_Maximum()
    {
        using Lane lane = Lane.Connected4(new LaneOptions { ReceiveMaximum = 1 });
        lane.Channel.Feed([.. Publish4("t", "a", 1, 1), .. Publish4("t", "b", 1, 2)]);
        await lane.IdleAsync();

        Assert.Equal("ab", new StringBuilder().AppendJoin("", lane.Handler.Payloads).ToString());
    }
}
