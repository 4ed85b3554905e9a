using System.Text;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

public sealed class PublishTests : ConnectionTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Conformance("3.1.1", "MQTT-4.3.1-1")]
    [Conformance("5.0", "MQTT-4.3.1-1")]
    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Publish_of_QoS_0_is_delivered_when_written(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = protocol }, []);

        var result = await connection.PublishAsync(Message(QualityOfService.AtMostOnce) with { Properties = new MessageProperties { ContentType = "text/plain" } }, Patience, Token);

        Assert.Equal(new PublishResult(PublishOutcome.Delivered), result);
        var publish = await client.ExpectPublishAsync();
        Assert.Equal(("out/1", 0, "hi"), (publish.Topic, publish.Qos, Encoding.UTF8.GetString(publish.Payload)));
        Assert.Equal(protocol == ProtocolPreference.V500, publish.Properties.ContainsKey(0x03));
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Properties_are_sent_in_5_0_to_the_byte_and_left_out_in_3_1_1(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = protocol }, []);
        var properties = new MessageProperties
        {
            IsText = true,
            Expiry = TimeSpan.FromSeconds(1.5),
            ContentType = "text/plain",
            ResponseTopic = "answers/1",
            CorrelationData = new byte[] { 1, 0, 255 },
            UserProperties = [new("unit", "bar"), new("unit", "\u00B0C")],
        };
        var message = Message(QualityOfService.AtMostOnce) with { Properties = properties };

        await connection.PublishAsync(message, Patience, Token);

        var packet = await client.ExpectAsync(PacketType.Publish);
        var publish = ReceivedPublish.Parse(packet, client.ProtocolLevel);
        Assert.Equal("hi"u8.ToArray(), publish.Payload);
        // The lengths are below 128, so that the fixed header is two bytes.
        Assert.Equal(PublishRules.PacketSize(message, protocol == ProtocolPreference.V500 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311), packet.Body.Length + 2);
        if (protocol == ProtocolPreference.V311)
            return;
        Assert.Equal((1u, 2u, "text/plain", "answers/1"), ((uint)publish.Properties[0x01], (uint)publish.Properties[0x02], (string)publish.Properties[0x03], (string)publish.Properties[0x08]));
        Assert.Equal(new byte[] { 1, 0, 255 }, publish.Properties[0x09]);
        Assert.Equal(("unit", "\u00B0C"), publish.Properties[0x26]);
    }

    [Conformance("5.0", "MQTT-4.3.2-3")]
    [Fact]
    public async Task Publish_of_QoS_1_is_delivered_by_PUBACK()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);
        var publish = await client.ExpectPublishAsync();
        Assert.False(publishing.IsCompleted);
        await client.SendAcknowledgementAsync(PacketType.PubAck, publish.PacketIdentifier);

        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Conformance("5.0", "MQTT-4.3.3-3", "MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-2.2.1-5")]
    [Fact]
    public async Task Publish_of_QoS_2_is_delivered_by_PUBCOMP()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        var publishing = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token);
        var publish = await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        Assert.Equal(publish.PacketIdentifier, (await client.ExpectAsync(PacketType.PubRel)).PacketIdentifier);
        Assert.False(publishing.IsCompleted);
        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);

        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Conformance("5.0", "MQTT-4.4.0-2")]
    [Theory]
    [InlineData(0x10, PublishOutcome.Delivered, "")]
    [InlineData(0x87, PublishOutcome.Refused, "NotAuthorized")]
    [InlineData(0x97, PublishOutcome.TimedOut, "QuotaExceeded")]
    public async Task PUBACK_with_a_reason_is_told(byte code, PublishOutcome outcome, string name)
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);
        await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier, code);

        var result = await publishing;
        Assert.Equal((outcome, name), (result.Outcome, result.ReasonName));
    }

    [Conformance("5.0", "MQTT-4.3.3-9", "MQTT-4.4.0-2")]
    [Fact]
    public async Task PUBREC_that_refuses_ends_the_exchange_without_PUBREL()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        var publishing = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token);
        await client.SendAcknowledgementAsync(PacketType.PubRec, (await client.ExpectPublishAsync()).PacketIdentifier, 0x87);

        var result = await publishing;
        Assert.Equal((PublishOutcome.Refused, "NotAuthorized"), (result.Outcome, result.ReasonName));
        await connection.PublishAsync(Message(QualityOfService.AtMostOnce), Patience, Token);
        await client.ExpectPublishAsync();
    }

    [Conformance("5.0", "MQTT-3.3.4-7", "MQTT-4.9.0-1", "MQTT-4.9.0-2")]
    [Fact]
    public async Task Window_of_the_broker_is_kept()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 3));
        var publishing = Enumerable.Range(0, 10).Select(_ => connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token)).ToList();
        var first = new List<ReceivedPublish>();
        for (var i = 0; i < 3; i++)
            first.Add(await client.ExpectPublishAsync());

        // The fourth may come only after an acknowledgement; QoS 0 passes it by, which proves that it was held.
        await connection.PublishAsync(Message(QualityOfService.AtMostOnce), Patience, Token);
        Assert.Equal(0, (await client.ExpectPublishAsync()).Qos);
        foreach (var publish in first)
            await client.SendAcknowledgementAsync(PacketType.PubAck, publish.PacketIdentifier);
        for (var i = 0; i < 7; i++)
            await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);

        Assert.All(await Task.WhenAll(publishing), result => Assert.Equal(PublishOutcome.Delivered, result.Outcome));
    }

    [Fact]
    public async Task Window_of_3_1_1_is_what_common_brokers_take()
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = ProtocolPreference.V311 }, []);
        var publishing = Enumerable.Range(0, 25).Select(_ => connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token)).ToList();
        for (var i = 0; i < 20; i++)
            Assert.Equal(2, (await client.ExpectPublishAsync()).Qos);

        await connection.PublishAsync(Message(QualityOfService.AtMostOnce), Patience, Token);

        Assert.Equal(0, (await client.ExpectPublishAsync()).Qos);
        Assert.DoesNotContain(publishing, publish => publish.IsCompleted);
    }

    [Conformance("5.0", "MQTT-4.3.2-3")]
    [Fact]
    public async Task Late_acknowledgement_costs_neither_the_connection_nor_the_place()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 1));
        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);
        var late = await client.ExpectPublishAsync();
        Clock.Advance(Patience);
        Assert.Equal(PublishOutcome.TimedOut, (await publishing).Outcome);

        var next = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);
        await connection.PublishAsync(Message(QualityOfService.AtMostOnce), Patience, Token);
        Assert.Equal(0, (await client.ExpectPublishAsync()).Qos);
        await client.SendAcknowledgementAsync(PacketType.PubAck, late.PacketIdentifier);
        await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);

        Assert.Equal(PublishOutcome.Delivered, (await next).Outcome);
        Assert.Equal(ConnectionState.Connected, connection.Status.State);
    }

    [Fact]
    public async Task Broker_that_acknowledges_nothing_any_more_is_left()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), TimeSpan.FromSeconds(60), Token);
        await client.ExpectPublishAsync();

        Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(PublishOutcome.TimedOut, (await publishing).Outcome);
        Assert.Equal("PublishStalled", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Cancelled_wait_throws()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        using var cancel = new CancellationTokenSource();
        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, cancel.Token);
        await client.ExpectPublishAsync();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publishing);
    }

    [Fact]
    public async Task Nothing_waits_on_when_the_connection_ends()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 2));
        var publishing = Enumerable.Range(0, 20)
            .Select(i => connection.PublishAsync(Message(i % 2 == 0 ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce), Patience, Token))
            .ToList();
        await client.ExpectPublishAsync();

        client.Reset();

        var results = await Eventually.CompletesAsync("every publish ends", Task.WhenAll(publishing), Token);
        Assert.All(results, result => Assert.Equal(PublishOutcome.ConnectionLost, result.Outcome));
    }

    [Fact]
    public async Task Publish_without_a_connection_is_answered_at_once()
    {
        var connection = Connect(Options);

        var result = await connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);

        Assert.Equal(PublishOutcome.ConnectionLost, result.Outcome);
        Assert.NotEmpty(result.Reason);
    }

    private static OutboundPublish Message(QualityOfService qos) => new("out/1", "hi"u8.ToArray(), qos);
}
