using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>MQTT 3.1.1 cannot tell a broker how large a packet may be.</summary>
public sealed class OversizedPublishTests
{
    private static readonly LaneOptions Small = new() { MaximumPacketSize = 100 };

    [Theory]
    [InlineData(0, new byte[0])]
    [InlineData(1, new byte[] { 0x40, 2, 0, 7, 0x40, 2, 0, 8 })]
    [InlineData(2, new byte[] { 0x50, 2, 0, 7, 0x40, 2, 0, 8 })]
    public async Task Too_large_a_message_of_3_1_1_is_left_out_and_the_rest_goes_on(int qualityOfService, byte[] answers)
    {
        using Lane lane = Lane.Connected4(Small);
        byte[] next = Publish4("t", "next", qualityOfService == 0 ? 0 : 1, 8);
        lane.Channel.Feed([.. Publish4("t", new string('x', 1000), qualityOfService, 7), .. next]);

        await lane.IdleAsync();

        Assert.Equal(["next"], lane.Handler.Payloads);
        Assert.Equal(answers, lane.Channel.Written);
        Assert.Equal((1, 2), (lane.Session.PublishesTooLarge, lane.Session.PublishesReceived));
    }

    [Fact]
    public async Task Too_large_a_message_is_left_out_wherever_it_is_split()
    {
        byte[] bytes = [.. Publish4(new string('t', 300), new string('x', 40_000), 1, 7), .. Publish4("t", "next")];
        foreach (int split in (int[])[1, 2, 3, 4, 5, 200, 306, 307, 308, 309, 310, 20_000, bytes.Length - 9, bytes.Length - 8])
        {
            using Lane lane = Lane.Connected4(Small);
            lane.Channel.Feed(bytes[..split]);
            await lane.IdleAsync();
            lane.Channel.Feed(bytes[split..]);

            await Eventually.TrueAsync($"the next message is there, split at {split}", () => lane.Handler.Payloads is ["next"]);
            await lane.IdleAsync();

            Assert.Equal([0x40, 2, 0, 7], lane.Channel.Written);
        }
    }

    [Fact]
    public async Task Too_large_a_message_is_not_acknowledged_before_its_end()
    {
        using Lane lane = Lane.Connected4(Small);
        lane.Channel.Feed(Publish4("t", new string('x', 1000), 1, 7)[..500]);

        await lane.IdleAsync();

        Assert.Empty(lane.Channel.Written);
    }

    [Conformance("3.1.1", "MQTT-3.3.1-4")]
    [Fact]
    public async Task Too_large_and_malformed_it_ends_the_connection()
    {
        using Lane lane = Lane.Connected4(Small);
        byte[] publish = Publish4("t", new string('x', 1000), 1, 7);
        publish[0] = 0x36;
        lane.Channel.Feed(publish);

        Assert.Equal(0x81, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
    }

    [Fact]
    public async Task Too_large_a_packet_of_another_type_ends_the_connection()
    {
        using Lane lane = Lane.Connected4(Small);
        lane.Channel.Feed([0x90, .. Length(200)]);

        Assert.Equal(0x95, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
    }
}
