using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Tests.Publishing;

public sealed class PublishRulesTests
{
    private static readonly ServerLimits Limits = new() { Version = MqttProtocolVersion.V500 };
    private static readonly OutboundPublish Message = new("a/b", new byte[100], QualityOfService.AtLeastOnce);

    [Conformance("3.1.1", "MQTT-3.3.2-2", "MQTT-4.7.1-1", "MQTT-4.7.3-1")]
    [Conformance("5.0", "MQTT-3.3.2-2", "MQTT-4.7.0-1", "MQTT-4.7.3-1")]
    [Theory]
    [InlineData("")]
    [InlineData("a/#")]
    [InlineData("+/b")]
    public void Topic_that_cannot_be_published_to_is_refused(string topic) => Refused(Message with { Topic = topic }, Limits, "TopicNameInvalid");

    [Conformance("3.1.1", "MQTT-4.7.3-3")]
    [Conformance("5.0", "MQTT-4.7.3-3")]
    [Fact]
    public void Too_long_topic_is_refused() => Refused(Message with { Topic = new string('x', 65_536) }, Limits, "TopicNameInvalid");

    [Conformance("5.0", "MQTT-3.2.2-11")]
    [Fact]
    public void QoS_above_the_brokers_is_refused() => Refused(Message, Limits with { MaximumQoS = QualityOfService.AtMostOnce }, "QoSNotSupported");

    [Conformance("5.0", "MQTT-3.2.2-14")]
    [Fact]
    public void Retain_is_refused_where_it_is_not_available() => Refused(Message with { Retain = true }, Limits with { RetainAvailable = false }, "RetainNotSupported");

    [Conformance("5.0", "MQTT-3.3.2-19")]
    [Fact]
    public void Content_type_that_is_no_text_is_refused() => Refused(Message with { Properties = new MessageProperties { ContentType = "a\0" } }, Limits, "MalformedPacket");

    public static TheoryData<string, MessageProperties> BadProperties => new()
    {
        { "a content type with half a surrogate pair", new() { ContentType = "\uD800" } },
        { "a content type too long", new() { ContentType = new string('x', 65_536) } },
        { "a wildcard in the response topic", new() { ResponseTopic = "answers/#" } },
        { "an empty response topic", new() { ResponseTopic = "" } },
        { "correlation data too long", new() { CorrelationData = new byte[65_536] } },
        { "a user property with U+0000 in its name", new() { UserProperties = [new("a\0", "")] } },
        { "a user property too long", new() { UserProperties = [new("a", new string('x', 65_536))] } },
        { "an expiry of zero", new() { Expiry = TimeSpan.Zero } },
        { "a negative expiry", new() { Expiry = TimeSpan.FromSeconds(-1) } },
        { "an expiry past four bytes", new() { Expiry = TimeSpan.FromSeconds(4_294_967_296) } },
        { "text that is none", new() { IsText = true } },
    };

    [Theory]
    [MemberData(nameof(BadProperties))]
    public void Properties_that_cannot_be_sent_are_refused_in_5_0_and_left_out_in_3_1_1(string what, MessageProperties properties)
    {
        Assert.NotEmpty(what);
        var message = Message with { Payload = new byte[] { 0xFF }, Properties = properties };

        Refused(message, Limits, "MalformedPacket");
        Assert.Null(PublishRules.Refuse(message, Limits with { Version = MqttProtocolVersion.V311 }, out _));
    }

    [Fact]
    public void Size_counts_every_property()
    {
        var properties = new MessageProperties
        {
            IsText = true,
            Expiry = TimeSpan.FromSeconds(1),
            ContentType = "text",
            ResponseTopic = "r/1",
            CorrelationData = new byte[10],
            UserProperties = [new("a", "b"), new("a", "")],
        };

        // 2, 5, 3 + 4, 3 + 3, 3 + 10, 5 + 2, 5 + 1.
        Assert.Equal(46, MessagePropertyRules.Size(properties));
        // 110 without, and past 127 the Remaining Length takes a second byte.
        Assert.Equal(110 + 46 + 1, PublishRules.PacketSize(Message with { Properties = properties }, MqttProtocolVersion.V500));
    }

    [Theory]
    // 3.1.1: header 2, topic 5, identifier 2, payload 100; 5.0 adds the property length; a content type adds 3 and its text.
    [Conformance("5.0", "MQTT-3.2.2-15")]
    [InlineData(MqttProtocolVersion.V311, null, 109)]
    [InlineData(MqttProtocolVersion.V500, null, 110)]
    [InlineData(MqttProtocolVersion.V500, "text", 117)]
    public void Packet_may_be_just_as_large_as_the_broker_accepts(MqttProtocolVersion version, string? contentType, int size)
    {
        var message = Message with { Properties = new MessageProperties { ContentType = contentType } };
        var limits = Limits with { Version = version, MaximumPacketSize = size };

        Assert.Equal(size, PublishRules.PacketSize(message, version));
        Assert.Null(PublishRules.Refuse(message, limits, out var checkedSize));
        Assert.Equal(size, checkedSize);
        Refused(message, limits with { MaximumPacketSize = size - 1 }, "PacketTooLarge");
    }

    private static void Refused(OutboundPublish message, ServerLimits limits, string name)
    {
        var result = PublishRules.Refuse(message, limits, out _);

        Assert.Equal((PublishOutcome.Refused, name), (result!.Value.Outcome, result.Value.ReasonName));
        Assert.EndsWith(".", result.Value.Reason, StringComparison.Ordinal);
    }
}
