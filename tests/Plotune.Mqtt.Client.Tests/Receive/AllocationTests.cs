using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class AllocationTests
{
    private const int Messages = 100_000;

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    public void A_message_allocates_nothing(int qualityOfService, bool hasProperties)
    {
        using var channel = new ScriptedChannel();
        var handler = new CountingHandler();
        var formatter = new MqttPacketFormatterAdapter(MqttProtocolVersion.V500, new MqttBufferWriter(256, 65536));
        var session = new LaneSession();
        var sender = new PacketSender(channel, formatter, TimeProvider.System, new LaneLifetime(channel));
        var writer = new ControlWriter(sender);
        var acknowledger = new InboundAcknowledger(session, writer, isVersion5: true, ushort.MaxValue);
        var keepAlive = new KeepAliveMonitor(sender, writer, TimeSpan.FromSeconds(1), TimeProvider.System);
        var options = new LaneOptions { TopicAliasMaximum = 1 };
        var dispatcher = new PacketDispatcher(isVersion5: true, options, session, acknowledger, keepAlive, handler);
        var buffer = new ReceiveBuffer();
        Feed(buffer, ConnAck5);
        dispatcher.Dispatch(buffer);
        dispatcher.TakePacket(buffer);
        byte[] properties = hasProperties ? [0x01, 1, 0x23, 0, 1, 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v'] : [];
        byte[] block = [.. Enumerable.Range(1, 100).SelectMany(id => (byte[])[
            .. Publish5("plant/line/signal", "{\"v\":1}", qualityOfService, (ushort)id, properties), .. qualityOfService == 2 ? PubRel((ushort)id) : []])];

        long allocated = 0;
        for (int done = -2000; done < Messages; done += 100)
        {
            Feed(buffer, block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            dispatcher.Dispatch(buffer);
            if (done >= 0)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            session.HandedOver();
            acknowledger.Release();
        }

        Assert.Equal(0, allocated);
        Assert.Equal(Messages + 2000, handler.Count);
    }

    private static void Feed(ReceiveBuffer buffer, byte[] bytes)
    {
        buffer.MakeRoom(0);
        bytes.CopyTo(buffer.Array, buffer.End);
        buffer.Append(bytes.Length);
    }

    private sealed class CountingHandler : IPublishHandler
    {
        public int Count { get; private set; }

        public bool OnPublish(in InboundPublish publish)
        {
            Count++;
            return true;
        }

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => default;
    }
}
