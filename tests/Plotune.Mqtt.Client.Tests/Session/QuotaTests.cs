using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

/// <summary>Receive Maximum and Maximum Packet Size, as they hold from one connection of a session to the next.</summary>
public sealed class QuotaTests : ConnectionTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private BrokerConnectionOptions Keeping => Options with { SessionExpiry = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Our_receive_maximum_begins_anew_with_a_resumed_session_although_a_message_is_not_released()
    {
        var (connection, client) = await ConnectedAsync(Keeping with { ReceiveMaximum = 1 }, [new("a", QualityOfService.ExactlyOnce)]);
        await client.SendPublishAsync("a", "1"u8.ToArray(), qos: 2, packetIdentifier: 7);
        await client.ExpectAsync(PacketType.PubRec);
        var second = await ResumeAsync(connection, client);

        await second.SendPublishAsync("a", "2"u8.ToArray(), qos: 2, packetIdentifier: 8);
        Assert.Equal(8, (await second.ExpectAsync(PacketType.PubRec)).PacketIdentifier);
        await second.SendAcknowledgementAsync(PacketType.PubRel, 7);
        Assert.Equal(7, (await second.ExpectAsync(PacketType.PubComp)).PacketIdentifier);
        Assert.Equal(["1", "2"], Handler.Messages.Select(message => message.Payload));

        await second.SendPublishAsync("a", "3"u8.ToArray(), qos: 2, packetIdentifier: 9);
        Assert.Equal(0x93, (await second.ExpectAsync(PacketType.Disconnect)).Body[0]);
    }

    [Fact]
    public async Task Brokers_receive_maximum_counts_what_is_not_completed_on_a_resumed_session()
    {
        var maximum = PacketBytes.UInt16Property(0x21, 1);
        var (connection, client) = await ConnectedAsync(Keeping, [], maximum);
        var first = connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Timeout.InfiniteTimeSpan, Token);
        var second = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Timeout.InfiniteTimeSpan, Token);
        var identifier = (await client.ExpectPublishAsync()).PacketIdentifier;
        await client.SendAcknowledgementAsync(PacketType.PubRec, identifier);
        await client.ExpectAsync(PacketType.PubRel);
        var next = await ResumeAsync(connection, client, maximum);
        Assert.Equal(identifier, (await next.ExpectAsync(PacketType.PubRel)).PacketIdentifier);
        await ReachesAsync(connection, ConnectionState.Connected);

        // What is asked for now is the next packet, which proves that the second message is held.
        var update = connection.UpdateSubscriptionsAsync([new("idle")], Token);
        await next.GrantSubscribeAsync();
        await Eventually.CompletesAsync("the update", update, Token);
        await next.SendAcknowledgementAsync(PacketType.PubComp, identifier);
        await next.SendAcknowledgementAsync(PacketType.PubAck, (await next.ExpectPublishAsync()).PacketIdentifier);

        Assert.Equal([PublishOutcome.Delivered, PublishOutcome.Delivered], [(await first).Outcome, (await second).Outcome]);
    }

    [Fact]
    public async Task Message_too_large_for_the_broker_is_refused_with_its_properties_counted_and_costs_nothing_else()
    {
        // Fixed header 2, topic 2 + 5, property length 1, payload 10; a content type of 7 takes 10 more.
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt32Property(0x27, 20));
        var message = new OutboundPublish("out/1", new byte[10], QualityOfService.AtMostOnce);

        var refused = await connection.PublishAsync(message with { Properties = new MessageProperties { ContentType = "a/b/c/d" } }, Patience, Token);
        var delivered = await connection.PublishAsync(message, Patience, Token);

        Assert.Equal((PublishOutcome.Refused, "PacketTooLarge"), (refused.Outcome, refused.ReasonName));
        Assert.Equal(PublishOutcome.Delivered, delivered.Outcome);
        Assert.Empty((await client.ExpectPublishAsync()).Properties);
    }

    private static OutboundPublish Message(QualityOfService qos) => new("out/1", "hi"u8.ToArray(), qos);

    private async Task<ScriptedConnection> ResumeAsync(BrokerConnection connection, ScriptedConnection client, params byte[][] connAckProperties)
    {
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: true, connAckProperties);
        return second;
    }
}
