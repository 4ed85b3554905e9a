using MQTTnet.Exceptions;
using MQTTnet.Packets;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Disposal_ends_a_pending_read_in_order_and_may_come_twice()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed(0x30);
        await lane.IdleAsync();

        lane.Adapter.Dispose();
        lane.Adapter.Dispose();

        await lane.Receiving.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Null(lane.Adapter.Fault);
    }

    [Fact]
    public async Task Cancelling_ends_a_pending_read_in_order()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();

        lane.StopReceiving();

        await lane.Receiving.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Null(lane.Adapter.Fault);
    }

    [Fact]
    public async Task A_failed_write_ends_the_connection_with_its_cause()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.WriteFailure = new IOException("reset by peer");
        lane.Channel.Feed(Publish5("t", "x", 1, 1));

        var broken = await Assert.ThrowsAsync<MqttCommunicationException>(() => lane.Receiving);

        Assert.Same(lane.Channel.WriteFailure, broken.InnerException);
        Assert.Null(lane.Adapter.Fault);
    }

    [Fact]
    public async Task After_a_fault_every_receive_reports_it()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed(0xC0, 0);
        MqttProtocolException fault = await lane.FaultAsync<MqttProtocolException>();

        Assert.Same(fault, await Assert.ThrowsAsync<MqttProtocolException>(() => lane.Adapter.ReceivePacketAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_cancelled_send_that_has_begun_goes_out_whole()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        lane.Channel.HoldWrites();
        using var cancel = new CancellationTokenSource();
        Task send = lane.Adapter.SendPacketAsync(new MqttUnsubscribePacket { PacketIdentifier = 1, TopicFilters = ["f"] }, cancel.Token);
        Task next = lane.Adapter.SendPacketAsync(new MqttUnsubscribePacket { PacketIdentifier = 2, TopicFilters = ["g"] }, CancellationToken.None);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send);
        lane.Channel.LetWritesGo();
        await next;

        Assert.Equal([0xA2, 6, 0, 1, 0, 0, 1, (byte)'f', 0xA2, 6, 0, 2, 0, 0, 1, (byte)'g'], lane.Channel.Written);
    }

    [Conformance("5.0", "MQTT-3.14.4-1")]
    [Fact]
    public async Task Nothing_follows_DISCONNECT()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        await lane.Adapter.SendPacketAsync(new MqttDisconnectPacket(), TestContext.Current.CancellationToken);
        int written = lane.Channel.Written.Length;

        lane.Channel.Feed(Publish5("t", "x", 1, 1));
        await lane.IdleAsync();

        Assert.Equal(written, lane.Channel.Written.Length);
    }

    [Fact]
    public async Task A_send_that_the_closing_of_the_channel_swallowed_does_not_count_as_sent()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        lane.Channel.HoldWrites();
        Task send = lane.Adapter.SendPacketAsync(new MqttUnsubscribePacket { PacketIdentifier = 1, TopicFilters = ["f"] }, CancellationToken.None);

        lane.Adapter.Dispose();

        await Assert.ThrowsAsync<MqttCommunicationException>(() => send);
        await Assert.ThrowsAsync<MqttCommunicationException>(
            () => lane.Adapter.SendPacketAsync(MqttPingReqPacket.Instance, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_violation_ends_the_connection_even_if_DISCONNECT_cannot_be_written()
    {
        using Lane lane = Lane.Connected5();
        await lane.IdleAsync();
        lane.Channel.HoldWrites();
        lane.Channel.Feed(0xC0, 0);

        Assert.Equal(0x82, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
        Assert.True(lane.Channel.IsDisposed);
    }
}
