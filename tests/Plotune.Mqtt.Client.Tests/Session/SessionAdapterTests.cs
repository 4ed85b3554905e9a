using Microsoft.Extensions.Time.Testing;
using MQTTnet.Exceptions;
using MQTTnet.Packets;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;
using Plotune.Mqtt.Client.Tests.Receive;
using Plotune.Mqtt.Client.Transport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class SessionAdapterTests
{
    [Fact]
    public async Task Nothing_follows_the_DISCONNECT_of_the_broker()
    {
        var token = TestContext.Current.CancellationToken;
        using var lane = new Lane();
        var identifiers = new PacketIdentifiers();
        using var channel = new BrokerChannel(new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", 1883) });
        using var adapter = new SessionAdapter(
            lane.Adapter, new OutboundExchanges(identifiers), new PublishPipeline(identifiers, new FakeTimeProvider()), channel, () => { });
        lane.Channel.Feed([.. Packets.ConnAck5, 0xE0, 0]);
        await adapter.ReceivePacketAsync(token);
        await adapter.ReceivePacketAsync(token);

        await Assert.ThrowsAsync<MqttCommunicationException>(() => adapter.SendPacketAsync(new MqttDisconnectPacket(), token));

        Assert.Empty(lane.Channel.Written);
    }
}
