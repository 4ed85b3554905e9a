using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class SessionStateTests
{
    private readonly LaneSession _session = new();
    private readonly RecordingHandler _handler = new();

    [Conformance("5.0", "MQTT-4.3.3-10")]
    [Fact]
    public async Task A_QoS_2_message_sent_again_before_PUBREL_is_acknowledged_but_not_delivered()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed([.. Publish5("t", "a", 2, 5), .. Publish5("t", "a", 2, 5)]);
        await lane.IdleAsync();

        Assert.Single(lane.Handler.Messages);
        Assert.Equal([0x50, 2, 0, 5, 0x50, 2, 0, 5], lane.Channel.Written);
    }

    [Conformance("5.0", "MQTT-4.3.3-12")]
    [Fact]
    public async Task After_PUBREL_the_identifier_stands_for_a_new_message()
    {
        using Lane lane = Lane.Connected5();
        lane.Channel.Feed([.. Publish5("t", "a", 2, 5), .. PubRel(5), .. Publish5("t", "b", 2, 5)]);
        await lane.IdleAsync();

        Assert.Equal(["a", "b"], lane.Handler.Payloads);
        Assert.Equal([0x50, 2, 0, 5, 0x70, 2, 0, 5, 0x50, 2, 0, 5], lane.Channel.Written);
    }

    [Conformance("5.0", "MQTT-3.1.2-23", "MQTT-4.1.0-1")]
    [Fact]
    public async Task A_QoS_2_message_is_delivered_once_over_two_connections_of_a_session()
    {
        await ConnectAndReceiveAsync(sessionPresent: false, Publish5("t", "a", 2, 5));

        byte[] written = await ConnectAndReceiveAsync(sessionPresent: true, [.. Publish5("t", "a", 2, 5), .. PubRel(5)]);

        Assert.Single(_handler.Messages);
        Assert.Equal([0x50, 2, 0, 5, 0x70, 2, 0, 5], written);
        Assert.Equal(2, _session.PublishesReceived);
    }

    [Conformance("5.0", "MQTT-3.2.2-5")]
    [Fact]
    public async Task Without_a_session_on_the_broker_the_identifiers_are_forgotten()
    {
        await ConnectAndReceiveAsync(sessionPresent: false, Publish5("t", "a", 2, 5));

        await ConnectAndReceiveAsync(sessionPresent: false, Publish5("t", "b", 2, 5));

        Assert.Equal(["a", "b"], _handler.Payloads);
    }

    [Fact]
    public async Task A_message_whose_hand_over_failed_is_taken_when_it_comes_again()
    {
        _handler.HandOverFailure = new InvalidOperationException();
        using (Lane first = Lane.Connected5(session: _session, handler: _handler))
        {
            first.Channel.Feed(Publish5("t", "a", 2, 5));
            await first.FaultAsync<InvalidOperationException>();
        }
        _handler.HandOverFailure = null;

        await ConnectAndReceiveAsync(sessionPresent: true, Publish5("t", "a", 2, 5));

        Assert.Equal(["a", "a"], _handler.Payloads);
    }

    [Fact]
    public async Task What_a_lost_connection_left_with_the_handler_is_handed_over_before_it_is_acknowledged_on_the_next()
    {
        _handler.HoldHandOver();
        using (Lane first = Lane.Connected5(session: _session, handler: _handler))
        {
            first.Channel.Feed(Publish5("t", "a", 2, 5));
            await Eventually.TrueAsync("the lane hands over", () => _handler.IsHandingOver);
            first.StopReceiving();
            await first.Receiving;
        }
        _handler.LetHandOverGo();

        byte[] written = await ConnectAndReceiveAsync(sessionPresent: true, Publish5("t", "a", 2, 5));

        Assert.Single(_handler.Messages);
        Assert.Equal(1, _handler.HandOvers);
        Assert.Equal([0x50, 2, 0, 5], written);
    }

    private async Task<byte[]> ConnectAndReceiveAsync(bool sessionPresent, byte[] packets)
    {
        using Lane lane = Lane.Connected5(session: _session, handler: _handler, sessionPresent: sessionPresent);
        lane.Channel.Feed(packets);
        lane.Channel.End();
        await lane.Receiving;
        return lane.Channel.Written;
    }
}
