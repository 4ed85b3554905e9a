using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>What we publish, byte for byte, against bytes built independently.</summary>
public sealed class PacketEncoderTests
{
    private static readonly MessageProperties AllProperties = new()
    {
        IsText = true,
        Expiry = TimeSpan.FromSeconds(1),
        ContentType = "text/\u00B5",
        ResponseTopic = "r/1",
        CorrelationData = new byte[] { 1, 0, 255 },
        UserProperties = [new("a", "b"), new("a", "")],
    };

    private readonly PacketBuffer _buffer = new();

    [Theory]
    [InlineData(QualityOfService.AtMostOnce, false, false)]
    [InlineData(QualityOfService.AtLeastOnce, true, false)]
    [InlineData(QualityOfService.AtLeastOnce, false, true)]
    [InlineData(QualityOfService.ExactlyOnce, true, true)]
    public void Publish_has_the_bytes_of_the_specification(QualityOfService qos, bool retain, bool again)
    {
        var publish = new OutboundPublish("a/\u20AC", "payload"u8.ToArray(), qos, retain);
        ushort identifier = qos == QualityOfService.AtMostOnce ? (ushort)0 : (ushort)0x1234;
        var packet = new OutgoingPacket(publish, identifier) { IsAgain = again };

        Assert.Equal(PacketBytes.Publish311(publish.Topic, publish.Payload.ToArray(), (int)qos, identifier, retain, again), Encode(MqttProtocolVersion.V311, packet));
        Assert.Equal(PacketBytes.Publish5(publish.Topic, publish.Payload.ToArray(), (int)qos, identifier, retain, again), Encode(MqttProtocolVersion.V500, packet));
    }

    [Fact]
    public void Properties_have_the_bytes_of_the_specification_and_are_left_out_in_3_1_1()
    {
        var publish = new OutboundPublish("t", "x"u8.ToArray(), QualityOfService.AtLeastOnce) { Properties = AllProperties };
        var packet = new OutgoingPacket(publish, 7) { ExpirySeconds = 0x01020304 };
        byte[][] properties =
        [
            PacketBytes.ByteProperty(0x01, 1),
            PacketBytes.UInt32Property(0x02, 0x01020304),
            PacketBytes.TextProperty(0x03, "text/\u00B5"),
            PacketBytes.TextProperty(0x08, "r/1"),
            [0x09, 0, 3, 1, 0, 255],
            [0x26, .. PacketBytes.Text("a"), .. PacketBytes.Text("b")],
            [0x26, .. PacketBytes.Text("a"), .. PacketBytes.Text("")],
        ];

        Assert.Equal(PacketBytes.Publish5("t", "x"u8.ToArray(), 1, 7, properties: properties), Encode(MqttProtocolVersion.V500, packet));
        Assert.Equal(PacketBytes.Publish311("t", "x"u8.ToArray(), 1, 7), Encode(MqttProtocolVersion.V311, packet));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(122)]
    [InlineData(123)]
    [InlineData(16_378)]
    [InlineData(16_379)]
    [InlineData(2_097_146)]
    [InlineData(2_097_147)]
    public void Length_fields_take_as_many_bytes_as_they_need_and_the_size_is_what_the_rules_say(int payloadLength)
    {
        foreach (var properties in new[] { MessageProperties.None, AllProperties, new MessageProperties { ContentType = new string('x', 200) } })
        {
            var publish = new OutboundPublish("t", new byte[payloadLength], QualityOfService.AtLeastOnce) { Properties = properties with { IsText = false } };
            var bytes = Encode(MqttProtocolVersion.V500, new OutgoingPacket(publish, 1));

            Assert.Equal(PublishRules.PacketSize(publish, MqttProtocolVersion.V500), bytes.Length);
            var parsed = ReceivedPublish.Parse(Packet(bytes), 5);
            Assert.Equal((payloadLength, "t"), (parsed.Payload.Length, parsed.Topic));
        }
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public void PUBREL_has_the_bytes_of_the_specification(MqttProtocolVersion version) =>
        Assert.Equal([0x62, 2, 1, 2], Encode(version, new OutgoingPacket(null, 0x0102)));

    [Fact]
    public void Packets_of_a_batch_follow_each_other_and_an_alias_its_topic()
    {
        var publish = new OutboundPublish("machines/1", "x"u8.ToArray(), QualityOfService.AtLeastOnce);
        var packets = Enumerable.Range(1, 3).Select(i => new OutgoingPacket(publish, (ushort)i) { Size = 100 }).ToArray();
        var whole = new OutgoingPacket(publish, 4) { Size = 100, KeepsTopic = true };

        var bytes = Encode(new ServerLimits { Version = MqttProtocolVersion.V500, TopicAliasMaximum = 1 }, [.. packets, new OutgoingPacket(null, 9), whole]);

        byte[] alias = PacketBytes.UInt16Property(0x23, 1);
        Assert.Equal(
            [
                .. PacketBytes.Publish5("machines/1", "x"u8.ToArray(), 1, 1, properties: alias),
                .. PacketBytes.Publish5("", "x"u8.ToArray(), 1, 2, properties: alias),
                .. PacketBytes.Publish5("", "x"u8.ToArray(), 1, 3, properties: alias),
                .. PacketBytes.Acknowledgement(PacketType.PubRel, 9),
                .. PacketBytes.Publish5("machines/1", "x"u8.ToArray(), 1, 4),
            ],
            bytes);
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var encoder = new PacketEncoder(new ServerLimits { Version = MqttProtocolVersion.V500, TopicAliasMaximum = 5 });
        var publish = new OutboundPublish("machines/1", new byte[100], QualityOfService.AtLeastOnce) { Properties = AllProperties };
        var packets = Enumerable.Range(1, 100).Select(i => new OutgoingPacket(publish, (ushort)i) { Size = 100 }).ToArray();
        Encode();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Encode();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Encode()
        {
            _buffer.Clear();
            encoder.Encode(packets, _buffer);
        }
    }

    private static ReceivedPacket Packet(byte[] bytes)
    {
        var header = 2;
        while ((bytes[header - 1] & 128) != 0)
            header++;
        return new ReceivedPacket(bytes[0], bytes[header..]);
    }

    private byte[] Encode(MqttProtocolVersion version, OutgoingPacket packet) => Encode(new ServerLimits { Version = version }, [packet]);

    private byte[] Encode(ServerLimits limits, OutgoingPacket[] packets)
    {
        _buffer.Clear();
        new PacketEncoder(limits).Encode(packets, _buffer);
        return _buffer.Packets.ToArray();
    }
}
