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
        Assert.Null(PublishRules.Refuse(message, limits));
        Refused(message, limits with { MaximumPacketSize = size - 1 }, "PacketTooLarge");
    }

    private static void Refused(OutboundPublish message, ServerLimits limits, string name)
    {
        var result = PublishRules.Refuse(message, limits);

        Assert.Equal((PublishOutcome.Refused, name), (result!.Value.Outcome, result.Value.ReasonName));
        Assert.EndsWith(".", result.Value.Reason, StringComparison.Ordinal);
    }
}
