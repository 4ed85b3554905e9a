using System.Text;
using CsCheck;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class PublishReaderTests
{
    private const byte AliasMaximum = 10;

    // The example of MQTT 3.1.1, figure 3.11: topic a/b, packet identifier 10.
    private static readonly byte[] Figure311 = [0x00, 0x03, 0x61, 0x2F, 0x62, 0x00, 0x0A];

    public static TheoryData<string, byte, byte[], byte> Malformed => new()
    {
        { "no topic length", 0x30, [0], 0x81 },
        { "topic longer than the packet", 0x30, [0, 5, (byte)'a'], 0x81 },
        { "no packet identifier", 0x32, [0, 1, (byte)'a'], 0x81 },
        { "half a packet identifier", 0x32, [0, 1, (byte)'a', 1], 0x81 },
        { "packet identifier 0 at QoS 1", 0x32, [0, 1, (byte)'a', 0, 0, 0], 0x82 },
        { "packet identifier 0 at QoS 2", 0x34, [0, 1, (byte)'a', 0, 0, 0], 0x82 },
        { "QoS 3", 0x36, [0, 1, (byte)'a', 0, 1, 0], 0x81 },
        { "DUP with QoS 0", 0x38, [0, 1, (byte)'a', 0], 0x81 },
        { "+ in the topic", 0x30, [0, 3, (byte)'a', (byte)'/', (byte)'+', 0], 0x81 },
        { "# in the topic", 0x30, [0, 1, (byte)'#', 0], 0x81 },
        { "a control character in the topic", 0x30, [0, 2, (byte)'a', 0x1F, 0], 0x81 },
        { "DEL in the topic", 0x30, [0, 2, (byte)'a', 0x7F, 0], 0x81 },
        { "U+0080 in the topic", 0x30, [0, 3, 0xC2, 0x80, (byte)'a', 0], 0x81 },
        { "U+009F in the topic", 0x30, [0, 2, 0xC2, 0x9F, 0], 0x81 },
        { "U+FDD0 in the topic", 0x30, [0, 3, 0xEF, 0xB7, 0x90, 0], 0x81 },
        { "U+FFFF in the topic", 0x30, [0, 3, 0xEF, 0xBF, 0xBF, 0], 0x81 },
        { "U+10FFFE in the topic", 0x30, [0, 4, 0xF4, 0x8F, 0xBF, 0xBE, 0], 0x81 },
        { "# behind letters that need two bytes", 0x30, [0, 3, 0xC2, 0xB0, (byte)'#', 0], 0x81 },
        { "U+0000 in the topic", 0x30, [0, 2, (byte)'a', 0, 0], 0x81 },
        { "a surrogate in the topic", 0x30, [0, 3, 0xED, 0xA0, 0x80, 0], 0x81 },
        { "an overlong form in the topic", 0x30, [0, 2, 0xC0, 0xAF, 0], 0x81 },
        { "a cut character in the topic", 0x30, [0, 2, 0xE2, 0x82, 0], 0x81 },
        { "empty topic without alias", 0x30, [0, 0, 0], 0x82 },
        { "no property length", 0x30, [0, 1, (byte)'a'], 0x81 },
        { "properties longer than the packet", 0x30, [0, 1, (byte)'a', 2, 1], 0x81 },
        { "padded property length", 0x30, [0, 1, (byte)'a', 0x80, 0x00], 0x81 },
        { "property length of five bytes", 0x30, [0, 1, (byte)'a', 0x80, 0x80, 0x80, 0x80, 0x01], 0x81 },
    };

    public static TheoryData<string, byte[], byte> MalformedProperties => new()
    {
        { "unknown identifier", [0x7F, 0], 0x81 },
        { "identifier 0", [0x00], 0x81 },
        { "identifier of two bytes", [0x81, 0x01, 0], 0x81 },
        { "Session Expiry Interval in PUBLISH", [0x11, 0, 0, 0, 1], 0x82 },
        { "Session Expiry Interval in PUBLISH cut", [0x11, 0, 0, 0], 0x81 },
        { "Reason String in PUBLISH", [0x1F, 0, 1, (byte)'a'], 0x82 },
        { "Reason String in PUBLISH cut", [0x1F, 0, 1], 0x81 },
        { "Will Delay Interval in PUBLISH", [0x18, 0, 0, 0, 1], 0x82 },
        { "Request Problem Information in PUBLISH", [0x17, 1], 0x82 },
        { "Request Problem Information in PUBLISH cut", [0x17], 0x81 },
        { "Payload Format Indicator 2", [0x01, 2], 0x82 },
        { "Payload Format Indicator twice", [0x01, 1, 0x01, 1], 0x82 },
        { "Payload Format Indicator without value", [0x01], 0x81 },
        { "Message Expiry Interval cut", [0x02, 0, 0, 1], 0x81 },
        { "Message Expiry Interval twice", [0x02, 0, 0, 0, 1, 0x02, 0, 0, 0, 1], 0x82 },
        { "Topic Alias 0", [0x23, 0, 0], 0x94 },
        { "Topic Alias over the maximum", [0x23, 0, AliasMaximum + 1], 0x94 },
        { "Topic Alias 65,535", [0x23, 0xFF, 0xFF], 0x94 },
        { "Topic Alias twice", [0x23, 0, 1, 0x23, 0, 1], 0x82 },
        { "Response Topic with a wildcard", [0x08, 0, 2, (byte)'a', (byte)'#'], 0x82 },
        { "Response Topic empty", [0x08, 0, 0], 0x82 },
        { "Response Topic not UTF-8", [0x08, 0, 1, 0xFF], 0x81 },
        { "Content Type with U+0000", [0x03, 0, 1, 0], 0x81 },
        { "Content Type cut", [0x03, 0, 2, (byte)'a'], 0x81 },
        { "Content Type without its length", [0x03, 0], 0x81 },
        { "Correlation Data cut", [0x09, 0, 4, 1, 2, 3], 0x81 },
        { "Subscription Identifier 0", [0x0B, 0], 0x82 },
        { "Subscription Identifier twice in a session that has none", [0x0B, 7, 0x0B, 7], 0x82 },
        { "Subscription Identifier of five bytes", [0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 1], 0x81 },
        { "Subscription Identifier cut", [0x0B, 0xFF], 0x81 },
        { "Subscription Identifier padded", [0x0B, 0x81, 0x00], 0x81 },
        { "User Property without value", [0x26, 0, 1, (byte)'a'], 0x81 },
        { "User Property not UTF-8", [0x26, 0, 1, (byte)'a', 0, 1, 0xC3], 0x81 },
    };

    [Theory]
    [InlineData("a b")]
    [InlineData("\u00A0\u00B0C")]
    [InlineData("\uFEFFbom")]
    [InlineData("\uFFFD")]
    [InlineData("A\U0002A6D4")]
    [InlineData("ä/日本/😀")]
    public void Other_characters_may_be_in_a_topic(string topic)
    {
        Assert.Null(Read(isVersion5: true, 0x30, [.. Text(topic), 0], out InboundPublish publish));

        Assert.Equal(topic, Encoding.UTF8.GetString(publish.Topic));
    }

    [Fact]
    public void In_version_3_1_1_DUP_has_no_meaning_at_QoS_0() =>
        Assert.Null(Read(isVersion5: false, 0x38, [.. Text("t"), 1], out _));

    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        ProtocolViolation? violation = Read(isVersion5: false, 0x32, Figure311, out InboundPublish publish);

        Assert.Null(violation);
        Assert.Equal("a/b", Encoding.UTF8.GetString(publish.Topic));
        Assert.Equal(10, publish.PacketIdentifier);
        Assert.Equal(QualityOfService.AtLeastOnce, publish.QualityOfService);
        Assert.True(publish.Payload.IsEmpty);
    }

    [Fact]
    public void All_properties_of_PUBLISH_are_read()
    {
        byte[] properties =
        [
            0x01, 1, 0x02, 0, 0, 1, 0, 0x03, 0, 1, (byte)'t', 0x08, 0, 1, (byte)'r', 0x09, 0, 2, 0, 255,
            0x0B, 0x80, 0x01, 0x0B, 3, 0x23, 0, 1, 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v', 0x26, 0, 1, (byte)'k', 0, 0,
        ];
        byte[] packet = Publish5("a", "payload", 2, 7, properties);
        var session = new LaneSession();
        session.ExpectIdentifiers();

        Assert.Null(new PublishReader(isVersion5: true, AliasMaximum, session).Read(0x3D, packet, 2, packet.Length - 2, out InboundPublish publish));

        Assert.Equal("payload", Encoding.UTF8.GetString(publish.Payload));
        Assert.True(publish.Retained);
        Assert.True(publish.Duplicate);
        var seen = new List<string>();
        var reader = new PropertyReader(publish.Properties);
        while (reader.MoveNext())
            seen.Add($"{reader.Identifier} {reader.Number} {Encoding.UTF8.GetString(reader.Name)} {Convert.ToHexString(reader.Value)}");
        Assert.Equal(
            [
                "PayloadFormatIndicator 1  ", "MessageExpiryInterval 256  ", "ContentType 0  74", "ResponseTopic 0  72", "CorrelationData 0  00FF",
                "SubscriptionIdentifier 128  ", "SubscriptionIdentifier 3  ", "TopicAlias 1  ", "UserProperty 0 k 76", "UserProperty 0 k ",
            ],
            seen);
    }

    [Conformance("5.0", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-3.3.1-2", "MQTT-3.3.1-4", "MQTT-3.3.2-1", "MQTT-3.3.2-2", "MQTT-4.7.0-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2")]
    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_publish_is_refused_with_its_reason_code(string what, byte firstByte, byte[] body, byte reasonCode)
    {
        ProtocolViolation? violation = Read(isVersion5: true, firstByte, body, out _);

        Assert.True(violation?.ReasonCode == reasonCode, $"{what}: {violation}");
        Assert.Matches(@"\[MQTT-|MQTT 5\.0", violation.Message);
    }

    [Conformance("5.0", "MQTT-1.5.7-1", "MQTT-3.3.2-8", "MQTT-3.3.2-13", "MQTT-3.3.2-14", "MQTT-3.3.2-19")]
    [Theory]
    [MemberData(nameof(MalformedProperties))]
    public void Malformed_properties_are_refused_with_their_reason_code(string what, byte[] properties, byte reasonCode)
    {
        ProtocolViolation? violation = Read(isVersion5: true, 0x30, [0, 1, (byte)'a', (byte)properties.Length, .. properties], out _);

        Assert.True(violation?.ReasonCode == reasonCode, $"{what}: {violation}");
    }

    [Fact]
    public void In_version_3_1_1_what_follows_the_identifier_is_payload()
    {
        Assert.Null(Read(isVersion5: false, 0x30, [0, 1, (byte)'a', 0x7F, 0xFF], out InboundPublish publish));

        Assert.Equal([0x7F, 0xFF], publish.Payload.ToArray());
        Assert.True(publish.Properties.IsEmpty);
    }

    [Fact]
    public void A_payload_that_is_no_UTF_8_is_delivered_whatever_its_format_indicator_says()
    {
        Assert.Null(Read(isVersion5: true, 0x30, [0, 1, (byte)'a', 2, 1, 1, 0xFF], out InboundPublish publish));

        Assert.Equal([0xFF], publish.Payload.ToArray());
    }

    [Conformance("5.0", "MQTT-3.3.2-10")]
    [Fact]
    public void A_topic_alias_stands_for_the_topic_it_was_set_with()
    {
        var reader = new PublishReader(isVersion5: true, AliasMaximum, new LaneSession());
        byte[] set = Publish5("some/topic", "1", properties: [0x23, 0, AliasMaximum])[2..];
        byte[] use = Publish5("", "2", properties: [0x23, 0, AliasMaximum])[2..];
        byte[] change = Publish5("other", "3", properties: [0x23, 0, AliasMaximum])[2..];

        Assert.Null(reader.Read(0x30, set, 0, set.Length, out _));
        Assert.Null(reader.Read(0x30, use, 0, use.Length, out InboundPublish used));
        Assert.Null(reader.Read(0x30, change, 0, change.Length, out _));
        Assert.Null(reader.Read(0x30, use, 0, use.Length, out InboundPublish usedLater));

        Assert.Equal("some/topic", Encoding.UTF8.GetString(used.Topic));
        Assert.Equal("other", Encoding.UTF8.GetString(usedLater.Topic));
    }

    [Fact]
    public void A_topic_alias_that_was_never_set_is_a_protocol_error()
    {
        Assert.Equal((byte?)0x82, Read(isVersion5: true, 0x30, Publish5("", "2", properties: [0x23, 0, 3])[2..], out _)?.ReasonCode);
    }

    [Fact]
    public void Any_bytes_are_either_read_or_refused() =>
        Gen.Byte.Array[0, 40].Select(Gen.Byte, Gen.Bool).Sample((body, flags, isVersion5) =>
        {
            if (Read(isVersion5, (byte)(0x30 | flags & 0x0F), body, out InboundPublish publish) is not null)
                return;
            Assert.False(publish.Topic.IsEmpty);
            Assert.True(publish.Topic.Length + publish.Properties.Length + publish.Payload.Length + 2 <= body.Length);
        });

    [Fact]
    public void A_publish_with_one_byte_changed_is_either_read_or_refused()
    {
        byte[] packet = Publish5("a/b", "xyz", 1, 5, [0x01, 1, 0x08, 0, 1, (byte)'r', 0x23, 0, 1, 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v', 0x0B, 0x80, 1])[2..];
        Gen.Int[0, packet.Length - 1].Select(Gen.Byte).Sample((index, value) =>
        {
            byte[] changed = [.. packet];
            changed[index] = value;
            if (Read(isVersion5: true, 0x32, changed, out InboundPublish publish) is not null)
                return;
            var properties = new PropertyReader(publish.Properties);
            while (properties.MoveNext())
                Assert.NotEqual(default, properties.Identifier);
        });
    }

    private static ProtocolViolation? Read(bool isVersion5, byte firstByte, byte[] body, out InboundPublish publish) =>
        new PublishReader(isVersion5, AliasMaximum, new LaneSession()).Read(firstByte, [0xAA, .. body, 0xAA], 1, body.Length, out publish);
}
