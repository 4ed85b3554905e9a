using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class InboundPropertiesTests
{
    [Fact]
    public void Every_property_of_a_message_is_read()
    {
        var properties = Read(
            PacketBytes.ByteProperty(0x01, 1),
            PacketBytes.UInt32Property(0x02, 90),
            PacketBytes.TextProperty(0x03, "application/json"),
            PacketBytes.TextProperty(0x08, "answers/1"),
            [0x09, 0, 2, 0xCA, 0xFE],
            [0x26, .. PacketBytes.Text("unit"), .. PacketBytes.Text("bar")],
            [0x26, .. PacketBytes.Text("unit"), .. PacketBytes.Text("Pa")],
            [0x0B, 7],
            [0x0B, 0x80, 0x80, 0x80, 0x01]);

        var message = properties.Message;
        Assert.Equal((true, TimeSpan.FromSeconds(90), "application/json", "answers/1"), (message.IsText, message.Expiry, message.ContentType, message.ResponseTopic));
        Assert.Equal([0xCA, 0xFE], message.CorrelationData.ToArray());
        Assert.Equal([new("unit", "bar"), new("unit", "Pa")], message.UserProperties);
        Assert.Equal([7u, 2_097_152u], properties.SubscriptionIdentifiers);
    }

    [Fact]
    public void Message_without_properties_has_the_defaults()
    {
        var properties = Read();

        Assert.Equal(new MessageProperties(), properties.Message);
        Assert.Empty(properties.SubscriptionIdentifiers);
    }

    private static InboundProperties Read(params byte[][] properties)
    {
        byte[] packet = PacketBytes.Publish5("a/b", "payload"u8.ToArray(), properties: properties);
        int header = packet.Length > 129 ? 3 : 2;
        var session = new LaneSession();
        session.ExpectIdentifiers();
        Assert.Null(new PublishReader(isVersion5: true, topicAliasMaximum: 0, session).Read(packet[0], packet, header, packet.Length - header, out InboundPublish publish));
        return publish.ReadProperties();
    }
}
