using MQTTnet.Formatter;
using MQTTnet.Packets;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class KeepAliveTests : IDisposable
{
    private static readonly byte[] PingReq = [0xC0, 0];

    private readonly SteppingTimeProvider _time = new();
    private readonly LaneOptions _options = new() { KeepAlive = TimeSpan.FromSeconds(60), PingTimeout = TimeSpan.FromSeconds(15) };
    private Lane? _lane;

    [Conformance("3.1.1", "MQTT-3.1.2-23")]
    [Conformance("5.0", "MQTT-3.1.2-20")]
    [Fact]
    public async Task PINGREQ_goes_out_before_the_keep_alive_has_passed_in_silence()
    {
        Lane lane = await ConnectAsync(ConnAck5);

        await AdvanceAsync(54);
        Assert.Empty(lane.Channel.Writes);
        await AdvanceAsync(5);

        Assert.Equal(PingReq, lane.Channel.Written);
    }

    [Fact]
    public async Task A_packet_of_the_client_puts_PINGREQ_off()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        await AdvanceAsync(50);
        await lane.Adapter.SendPacketAsync(new MqttUnsubscribePacket { PacketIdentifier = 1, TopicFilters = ["f"] }, TestContext.Current.CancellationToken);

        await AdvanceAsync(54);
        Assert.Single(lane.Channel.Writes);
        await AdvanceAsync(2);

        Assert.Equal(PingReq, lane.Channel.Writes[1]);
    }

    [Fact]
    public async Task PINGREQ_goes_out_on_time_while_the_lane_is_held_back_and_nothing_counts_as_dead()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        lane.Handler.HoldHandOver();
        lane.Channel.Feed(Publish5("t", "x"));
        await Eventually.TrueAsync("the lane hands over", () => lane.Handler.IsHandingOver);

        await AdvanceAsync(600);

        Assert.Null(lane.Adapter.Fault);
        Assert.Equal(10, lane.Channel.Writes.Length);
        Assert.All(lane.Channel.Writes, write => Assert.Equal(PingReq, write));
    }

    [Fact]
    public async Task After_being_held_back_the_broker_has_the_whole_time_out_again()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        lane.Handler.HoldHandOver();
        lane.Channel.Feed(Publish5("t", "x"));
        await Eventually.TrueAsync("the lane hands over", () => lane.Handler.IsHandingOver);
        await AdvanceAsync(100);
        lane.Handler.LetHandOverGo();
        await lane.IdleAsync();

        await AdvanceAsync(14);
        Assert.Null(lane.Adapter.Fault);
        await AdvanceAsync(2);

        await lane.FaultAsync<MqttTimeoutException>();
    }

    [Fact]
    public async Task A_broker_that_stays_silent_for_the_ping_time_out_is_dead()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        await AdvanceAsync(55);

        await AdvanceAsync(14);
        Assert.Null(lane.Adapter.Fault);
        await AdvanceAsync(1.5);

        await lane.FaultAsync<MqttTimeoutException>();
        Assert.True(lane.Channel.IsDisposed);
    }

    [Fact]
    public async Task A_broker_that_answers_PINGREQ_stays_connected_and_the_client_never_sees_PINGRESP()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        for (int i = 0; i < 5; i++)
        {
            await AdvanceAsync(56);
            lane.Channel.Feed(PingResp);
            await lane.IdleAsync();
        }
        await AdvanceAsync(30);

        Assert.Null(lane.Adapter.Fault);
        Assert.IsType<MqttConnAckPacket>(Assert.Single(lane.Packets));
    }

    [Fact]
    public async Task A_PINGRESP_behind_data_that_keeps_coming_counts_as_alive()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        await AdvanceAsync(55.5);
        for (int i = 0; i < 400; i++)
        {
            lane.Channel.Feed(Publish5("t", "x"));
            await Eventually.TrueAsync("the message came", () => lane.Handler.Messages.Length == i + 1);
            await AdvanceAsync(0.25);
        }
        lane.Channel.Feed(PingResp);

        await lane.IdleAsync();
        Assert.Null(lane.Adapter.Fault);
    }

    [Fact]
    public async Task A_trickle_of_data_does_not_excuse_PINGRESP_for_ever()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        await AdvanceAsync(55.5);
        int messages = 0;
        while (lane.Adapter.Fault is null && messages < 20)
        {
            await AdvanceAsync(10);
            lane.Channel.Feed(Publish5("t", "x"));
            messages++;
            await lane.IdleAsync();
        }

        await lane.FaultAsync<MqttTimeoutException>();
        Assert.InRange(messages, 5, 7);
    }

    [Fact]
    public async Task A_PINGREQ_that_cannot_be_written_is_not_held_against_the_broker_too_early_but_in_the_end()
    {
        Lane lane = await ConnectAsync(ConnAck5);
        lane.Channel.HoldWrites();
        await AdvanceAsync(55 + 60);
        Assert.Null(lane.Adapter.Fault);

        await AdvanceAsync(20);

        await lane.FaultAsync<MqttTimeoutException>();
    }

    [Conformance("5.0", "MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    [Fact]
    public async Task Server_Keep_Alive_takes_precedence_and_is_kept_from_the_client()
    {
        Lane lane = await ConnectAsync([0x20, 6, 0, 0, 3, 0x13, 0, 10]);

        await AdvanceAsync(8);

        Assert.Equal((ushort)10, lane.Adapter.ServerKeepAlive);
        Assert.Equal(0, Assert.IsType<MqttConnAckPacket>(lane.Packets[0]).ServerKeepAlive);
        Assert.Equal(PingReq, lane.Channel.Written);
    }

    [Fact]
    public async Task Server_Keep_Alive_0_turns_keep_alive_off()
    {
        Lane lane = await ConnectAsync([0x20, 6, 0, 0, 3, 0x13, 0, 0], isKeptAlive: false);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(lane.Channel.Writes);
        Assert.Null(lane.Adapter.Fault);
    }

    [Fact]
    public async Task CONNECT_carries_the_keep_alive_of_the_lane()
    {
        using var lane = new Lane(MqttProtocolVersion.V311, _options);

        await lane.Adapter.SendPacketAsync(new MqttConnectPacket { ClientId = "c", CleanSession = true }, TestContext.Current.CancellationToken);

        Assert.Equal([0x10, 13, 0, 4, .. "MQTT"u8, 4, 2, 0, 60, 0, 1, (byte)'c'], lane.Channel.Written);
    }

    public void Dispose() => _lane?.Dispose();

    private async Task<Lane> ConnectAsync(byte[] connAck, bool isKeptAlive = true)
    {
        _lane = new Lane(options: _options, timeProvider: _time);
        _lane.Channel.Feed(connAck);
        _lane.Start();
        await _lane.IdleAsync();
        if (isKeptAlive)
            await _time.ArmedAsync();
        return _lane;
    }

    private Task AdvanceAsync(double seconds) => _time.AdvanceAsync(TimeSpan.FromSeconds(seconds), () => _lane!.Adapter.Fault is not null);
}
