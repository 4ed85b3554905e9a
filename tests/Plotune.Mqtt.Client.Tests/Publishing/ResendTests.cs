using System.Text;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>What happens to publishes under way when a connection ends and the next one begins.</summary>
public sealed class ResendTests : ConnectionTest
{
    private readonly RecordingCompletion _completion = new();

    private BrokerConnectionOptions Keeping => Options with { SessionExpiry = TimeSpan.FromHours(1), CleanStart = false };

    [Conformance("3.1.1", "MQTT-2.3.1-3", "MQTT-3.3.1-1", "MQTT-4.4.0-1", "MQTT-4.6.0-1")]
    [Conformance("5.0", "MQTT-3.3.1-1", "MQTT-4.1.0-1", "MQTT-4.3.3-5", "MQTT-4.3.3-6", "MQTT-4.4.0-1", "MQTT-4.6.0-1", "MQTT-4.6.0-4")]
    [Theory]
    [InlineData(ProtocolPreference.V311)]
    [InlineData(ProtocolPreference.V500)]
    public async Task Session_that_goes_on_gets_again_what_it_did_not_acknowledge_in_order_before_anything_new(ProtocolPreference version)
    {
        var (connection, client) = await ConnectedAsync(Keeping with { Protocol = version }, []);
        Publish(connection, 8);
        var sent = await ReceiveAsync(client, 8);
        // 0 and 1 are complete, 5 and 3 are released in this order, the rest is not acknowledged.
        await client.SendAcknowledgementAsync(PacketType.PubAck, sent[0].PacketIdentifier);
        foreach (var number in new[] { 1, 5, 3 })
        {
            await client.SendAcknowledgementAsync(PacketType.PubRec, sent[number].PacketIdentifier);
            await client.ExpectAsync(PacketType.PubRel);
        }

        await client.SendAcknowledgementAsync(PacketType.PubComp, sent[1].PacketIdentifier);
        await _completion.CountAsync(2);
        client.Close();
        await ReachesAsync(connection, ConnectionState.Waiting);
        Publish(connection, 2, from: 8);
        var second = await ResumeAsync(connection, sessionPresent: true);

        foreach (var number in new[] { 5, 3 })
            Assert.Equal(sent[number].PacketIdentifier, (await second.ExpectAsync(PacketType.PubRel)).PacketIdentifier);
        var again = await ReceiveAsync(second, 4);
        Assert.Equal([2, 4, 6, 7], again.Select(Number));
        Assert.All(again, publish => Assert.Equal((true, sent[Number(publish)].PacketIdentifier), (publish.Duplicate, publish.PacketIdentifier)));
        var fresh = await ReceiveAsync(second, 2);
        Assert.Equal([8, 9], fresh.Select(Number));
        Assert.All(fresh, publish => Assert.False(publish.Duplicate));
        Assert.Equal(4, connection.PublishesSentAgain);
        await CompleteAsync(second, [.. again, .. fresh], released: [sent[5], sent[3]]);
        await _completion.CountAsync(10);
        Assert.All(_completion.Ended, ended => Assert.Equal(PublishOutcome.Delivered, ended.Result.Outcome));
        Assert.Equal(10, _completion.Ended.DistinctBy(ended => ended.Id).Count());
    }

    [Conformance("5.0", "MQTT-4.4.0-1")]
    [Fact]
    public async Task Session_that_is_gone_gets_as_new_and_in_order_what_was_not_acknowledged()
    {
        var (connection, client) = await ConnectedAsync(Keeping, []);
        Publish(connection, 6);
        var sent = await ReceiveAsync(client, 6);
        await client.SendAcknowledgementAsync(PacketType.PubAck, sent[2].PacketIdentifier);
        await client.SendAcknowledgementAsync(PacketType.PubRec, sent[3].PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);
        client.Close();
        await ReachesAsync(connection, ConnectionState.Waiting);
        Publish(connection, 1, from: 6);

        var second = await ResumeAsync(connection, sessionPresent: false);

        var again = await ReceiveAsync(second, 5);
        Assert.Equal([0, 1, 4, 5, 6], again.Select(Number));
        Assert.All(again, publish => Assert.False(publish.Duplicate));
        // PUBREC said that the broker owns it; to send it once more would deliver it twice.
        Assert.Equal([2L, 3], _completion.Ended.Select(ended => ended.Id));
        Assert.Equal(PublishOutcome.Delivered, _completion.Ended[1].Result.Outcome);
        await CompleteAsync(second, again);
        await _completion.CountAsync(7);
        Assert.Equal(4, connection.PublishesSentAgain);
    }

    [Fact]
    public async Task What_is_sent_again_carries_its_topic_although_it_had_an_alias()
    {
        byte[][] aliases = [PacketBytes.UInt16Property(0x22, 5)];
        var (connection, client) = await ConnectedAsync(Keeping, [], aliases);
        Publish(connection, 2, topic: "machines/1");
        var sent = await ReceiveAsync(client, 2);
        Assert.Equal(["machines/1", ""], sent.Select(publish => publish.Topic));
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: true, aliases);

        var again = await ReceiveAsync(second, 2);

        Assert.Equal([("machines/1", 1u), ("", 1u)], again.Select(publish => (publish.Topic, (uint)publish.Properties[0x23])));
    }

    [Fact]
    public async Task Smaller_window_of_the_next_connection_holds_for_what_is_sent_again()
    {
        var (connection, client) = await ConnectedAsync(Keeping, []);
        Publish(connection, 4);
        await ReceiveAsync(client, 4);
        client.Close();
        var second = await ResumeAsync(connection, sessionPresent: true, PacketBytes.UInt16Property(0x21, 1));

        for (var i = 0; i < 4; i++)
        {
            var publish = await second.ExpectPublishAsync();
            Assert.Equal((i, true), (Number(publish), publish.Duplicate));
            Assert.False(second.HasPendingBytes);
            await CompleteAsync(second, [publish]);
        }
    }

    [Fact]
    public async Task What_the_next_connection_does_not_take_any_more_is_refused_and_its_identifier_released()
    {
        var (connection, client) = await ConnectedAsync(Keeping, []);
        connection.Publish(new OutboundPublish("t", new byte[100], QualityOfService.ExactlyOnce), _completion, 0);
        connection.Publish(new OutboundPublish("t", "1"u8.ToArray(), QualityOfService.AtLeastOnce), _completion, 1);
        await ReceiveAsync(client, 2);
        client.Close();

        var second = await ResumeAsync(connection, sessionPresent: true, PacketBytes.UInt32Property(0x27, 50));

        Assert.Equal(1, Number(await second.ExpectPublishAsync()));
        Assert.Equal((0L, PublishOutcome.Refused, "PacketTooLarge"), (_completion.Ended[0].Id, _completion.Ended[0].Result.Outcome, _completion.Ended[0].Result.ReasonName));
    }

    [Conformance("3.1.1", "MQTT-2.3.1-1", "MQTT-2.3.1-2")]
    [Conformance("5.0", "MQTT-2.2.1-3")]
    [Fact]
    public async Task Identifiers_in_use_are_not_given_to_anything_else()
    {
        var (connection, client) = await ConnectedAsync(Keeping, []);
        Publish(connection, 3);
        var used = (await ReceiveAsync(client, 3)).Select(publish => publish.PacketIdentifier).ToHashSet();
        client.Close();
        var second = await ResumeAsync(connection, sessionPresent: true);
        await ReceiveAsync(second, 3);
        await ReachesAsync(connection, ConnectionState.Connected);

        for (var i = 0; i < 3; i++)
        {
            var update = connection.UpdateSubscriptionsAsync([new("a", (QualityOfService)i)], Token);
            Assert.True(used.Add((await second.GrantSubscribeAsync()).PacketIdentifier));
            await Eventually.CompletesAsync("the update", update, Token);
            Publish(connection, 1, from: 3 + i);
            Assert.True(used.Add((await second.ExpectPublishAsync()).PacketIdentifier));
        }
    }

    [Fact]
    public async Task Message_of_QoS_0_whose_write_failed_is_written_to_the_next_connection()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        // More than socket buffers take, so that the broker closes in the middle of it.
        connection.Publish(new OutboundPublish("t", new byte[32 << 20], QualityOfService.AtMostOnce), _completion, 0);
        connection.Publish(new OutboundPublish("t", "1"u8.ToArray(), QualityOfService.AtMostOnce), _completion, 1);
        await Eventually.TrueAsync("the write has begun", () => client.HasPendingBytes, Token);
        client.Reset();
        var second = await ResumeAsync(connection, sessionPresent: false);

        Assert.Equal(32 << 20, (await second.ExpectPublishAsync()).Payload.Length);
        Assert.Equal(1, Number(await second.ExpectPublishAsync()));
        await _completion.CountAsync(2);
        Assert.Equal([0L, 1], _completion.Ended.Select(ended => ended.Id));
    }

    [Fact]
    public async Task Identifier_that_the_broker_says_is_in_use_is_exchanged_for_another()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 1));
        Publish(connection, 2);
        var first = await client.ExpectPublishAsync();

        await client.SendAcknowledgementAsync(PacketType.PubAck, first.PacketIdentifier, 0x91);

        var again = await client.ExpectPublishAsync();
        Assert.Equal((0, false), (Number(again), again.Duplicate));
        Assert.NotEqual(first.PacketIdentifier, again.PacketIdentifier);
        await CompleteAsync(client, [again]);
        await _completion.CountAsync(1);
        Assert.Equal(PublishOutcome.Delivered, _completion.Ended[0].Result.Outcome);
    }

    [Fact]
    public async Task Broker_to_which_every_identifier_is_in_use_refuses_the_message_in_the_end()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, 1);
        for (var i = 0; i < 9; i++)
            await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier, 0x91);

        await _completion.CountAsync(1);

        Assert.Equal((PublishOutcome.Refused, "PacketIdentifierInUse"), (_completion.Ended[0].Result.Outcome, _completion.Ended[0].Result.ReasonName));
    }

    /// <summary>Even numbers at QoS 1, odd ones at QoS 2.</summary>
    private void Publish(BrokerConnection connection, int count, int from = 0, string topic = "t")
    {
        for (var i = from; i < from + count; i++)
            connection.Publish(new OutboundPublish(topic, Encoding.UTF8.GetBytes($"{i}"), i % 2 == 0 ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce), _completion, i);
    }

    private static int Number(ReceivedPublish publish) => int.Parse(Encoding.UTF8.GetString(publish.Payload), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<IReadOnlyList<ReceivedPublish>> ReceiveAsync(ScriptedConnection client, int count)
    {
        var received = new List<ReceivedPublish>();
        for (var i = 0; i < count; i++)
            received.Add(await client.ExpectPublishAsync());
        return received;
    }

    private static async Task CompleteAsync(ScriptedConnection client, IReadOnlyList<ReceivedPublish> publishes, params ReceivedPublish[] released)
    {
        foreach (var publish in publishes)
            await client.SendAcknowledgementAsync(publish.Qos == 1 ? PacketType.PubAck : PacketType.PubRec, publish.PacketIdentifier);
        foreach (var publish in publishes.Where(publish => publish.Qos == 2))
            Assert.Equal(publish.PacketIdentifier, (await client.ExpectAsync(PacketType.PubRel)).PacketIdentifier);
        foreach (var publish in publishes.Where(publish => publish.Qos == 2).Concat(released))
            await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);
    }

    private async Task<ScriptedConnection> ResumeAsync(BrokerConnection connection, bool sessionPresent, params byte[][] connAckProperties)
    {
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent, connAckProperties);
        return second;
    }
}
