using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

/// <summary>What the broker's acknowledgements may and may not answer.</summary>
public sealed class AcknowledgementTests : ConnectionTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Conformance("5.0", "MQTT-3.6.2-1", "MQTT-4.3.3-4")]
    [Theory]
    [InlineData(ProtocolPreference.V311, null)]
    [InlineData(ProtocolPreference.V500, null)]
    [InlineData(ProtocolPreference.V500, (byte)0x10)]
    public async Task PUBREC_of_nothing_is_answered_by_PUBREL(ProtocolPreference protocol, byte? reasonCode)
    {
        var (_, client) = await ConnectedAsync(Options with { Protocol = protocol }, []);

        await client.SendAcknowledgementAsync(PacketType.PubRec, 99, reasonCode);

        Assert.Equal([0, 99], (await client.ExpectAsync(PacketType.PubRel)).Body);
    }

    [Fact]
    public async Task PUBREC_of_nothing_that_refuses_is_ignored()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAcknowledgementAsync(PacketType.PubRec, 1, 0x97);
        await client.SendPublishAsync("a", [], qos: 1, packetIdentifier: 5);
        await client.ExpectAsync(PacketType.PubAck);
        var publishing = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token);
        var publish = await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);
        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);

        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Conformance("5.0", "MQTT-4.3.3-4")]
    [Fact]
    public async Task PUBREC_once_more_is_answered_by_PUBREL_once_more()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token);
        var publish = await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);

        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);

        Assert.Equal(2, (await client.ExpectAsync(PacketType.PubRel)).Body.Length);
        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);
        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Fact]
    public async Task Message_that_the_broker_has_completed_before_is_delivered()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token);
        var publish = await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);

        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier, 0x92);

        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Theory]
    [InlineData(QualityOfService.AtLeastOnce, PacketType.PubRec)]
    [InlineData(QualityOfService.AtLeastOnce, PacketType.PubComp)]
    [InlineData(QualityOfService.ExactlyOnce, PacketType.PubAck)]
    [InlineData(QualityOfService.ExactlyOnce, PacketType.PubComp)]
    public async Task Acknowledgement_of_another_QoS_is_a_protocol_error(QualityOfService qos, PacketType answer)
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = connection.PublishAsync(Message(qos), Patience, Token);
        var publish = await client.ExpectPublishAsync();

        await client.SendAcknowledgementAsync(answer, publish.PacketIdentifier);

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        client.Close();
        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
        Assert.False(publishing.IsCompleted);
    }

    [Fact]
    public async Task SUBACK_with_a_wrong_number_of_codes_is_a_protocol_error()
    {
        Connect(Options, new TopicSubscription("a"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        var subscribe = await client.ExpectSubscribeAsync();

        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0, 0);

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        await client.ExpectEndAsync();
    }

    private static OutboundPublish Message(QualityOfService qos) => new("out/1", "hi"u8.ToArray(), qos);
}
