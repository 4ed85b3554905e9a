using System.Text;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

public sealed class PublishTests : ConnectionTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _asked;

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
    [InlineData(0x80, PublishOutcome.Refused, "UnspecifiedError")]
    [InlineData(0x83, PublishOutcome.Refused, "ImplementationSpecificError")]
    [InlineData(0x90, PublishOutcome.Refused, "TopicNameInvalid")]
    [InlineData(0x97, PublishOutcome.Refused, "QuotaExceeded")]
    [InlineData(0x99, PublishOutcome.Refused, "PayloadFormatInvalid")]
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

    [Fact]
    public async Task Words_of_the_broker_are_passed_on()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), Patience, Token);
        var identifier = PacketBytes.TwoBytes((await client.ExpectPublishAsync()).PacketIdentifier);
        var reason = PacketBytes.TextProperty(0x1F, "not on\na Sunday");
        await client.SendAsync(PacketBytes.Packet(0x40, [.. identifier, 0x83, (byte)reason.Length, .. reason]));

        Assert.EndsWith("The broker says: not on a Sunday", (await publishing).Reason, StringComparison.Ordinal);
    }

    [Conformance("5.0", "MQTT-3.3.4-7", "MQTT-4.9.0-1", "MQTT-4.9.0-2")]
    [Fact]
    public async Task Window_of_the_broker_is_kept_and_order_too()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 3));
        var completion = new RecordingCompletion();
        for (var i = 0; i < 10; i++)
            connection.Publish(Message(i == 5 ? QualityOfService.AtMostOnce : QualityOfService.AtLeastOnce, i), completion, i);
        var received = new List<ReceivedPublish>();
        for (var i = 0; i < 3; i++)
            received.Add(await client.ExpectPublishAsync());

        // Everything else goes on, which proves that the fourth is held.
        await AssertIdleAsync(connection, client);
        for (var i = 0; i < 10; i++)
        {
            if (received[i].Qos > 0)
                await client.SendAcknowledgementAsync(PacketType.PubAck, received[i].PacketIdentifier);
            // At QoS 0 it takes no place, and so frees none.
            while (received.Count < 10 && received.Count(publish => publish.Qos > 0) < Math.Min(9, received.Take(i + 1).Count(publish => publish.Qos > 0) + 3))
                received.Add(await client.ExpectPublishAsync());
        }

        Assert.Equal(Enumerable.Range(0, 10), received.Select(Number));
        await completion.CountAsync(10);
        Assert.All(completion.Ended, ended => Assert.Equal(PublishOutcome.Delivered, ended.Result.Outcome));
    }

    [Fact]
    public async Task Window_of_3_1_1_is_what_common_brokers_take()
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = ProtocolPreference.V311 }, []);
        var publishing = Enumerable.Range(0, 25).Select(_ => connection.PublishAsync(Message(QualityOfService.ExactlyOnce), Patience, Token)).ToList();
        for (var i = 0; i < 20; i++)
            Assert.Equal(2, (await client.ExpectPublishAsync()).Qos);

        await AssertIdleAsync(connection, client);

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
        await AssertIdleAsync(connection, client);
        await client.SendAcknowledgementAsync(PacketType.PubAck, late.PacketIdentifier);
        await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);

        Assert.Equal(PublishOutcome.Delivered, (await next).Outcome);
        Assert.Equal(ConnectionState.Connected, connection.Status.State);
    }

    [Fact]
    public async Task Publish_that_nobody_waits_for_any_more_is_withdrawn_unless_it_was_sent()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 1));
        using var cancel = new CancellationTokenSource();
        var sent = connection.PublishAsync(Message(QualityOfService.AtLeastOnce, 0), Patience, Token);
        var first = await client.ExpectPublishAsync();
        var timedOut = connection.PublishAsync(Message(QualityOfService.AtLeastOnce, 1), Patience, Token);
        var cancelled = connection.PublishAsync(Message(QualityOfService.AtLeastOnce, 2), Timeout.InfiniteTimeSpan, cancel.Token);
        var stays = connection.PublishAsync(Message(QualityOfService.AtLeastOnce, 3), Timeout.InfiniteTimeSpan, Token);

        Clock.Advance(Patience);
        await cancel.CancelAsync();

        var results = await Task.WhenAll(sent, timedOut);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.All(results, result => Assert.Equal((PublishOutcome.TimedOut, "PublishTimeout"), (result.Outcome, result.ReasonName)));
        Assert.NotEqual(results[0].Reason, results[1].Reason);
        await client.SendAcknowledgementAsync(PacketType.PubAck, first.PacketIdentifier);
        var next = await client.ExpectPublishAsync();
        Assert.Equal(3, Number(next));
        await client.SendAcknowledgementAsync(PacketType.PubAck, next.PacketIdentifier);
        Assert.Equal(PublishOutcome.Delivered, (await stays).Outcome);
    }

    [Fact]
    public async Task Broker_that_acknowledges_nothing_any_more_is_left()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), TimeSpan.FromHours(1), Token);
        await client.ExpectPublishAsync();

        Clock.Advance(TimeSpan.FromSeconds(59));
        await AssertIdleAsync(connection, client);
        Assert.Equal(ConnectionState.Connected, connection.Status.State);
        await Eventually.TrueAsync("the connection counts as broken", () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return connection.Status.State != ConnectionState.Connected;
        }, Token);

        Assert.Equal("PublishStalled", (await SkipBackoffAsync(connection)).ReasonName);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync();
        await second.GrantSubscribeAsync();
        await second.SendAcknowledgementAsync(PacketType.PubAck, (await second.ExpectPublishAsync()).PacketIdentifier);
        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
    }

    [Fact]
    public async Task Broker_whose_answers_we_do_not_read_is_not_left()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Handler.Gate = new TaskCompletionSource();
        await client.SendPublishAsync("in", []);
        await Eventually.TrueAsync("the lane is held", () => Handler.Messages.Count == 1, Token);
        var publishing = connection.PublishAsync(Message(QualityOfService.AtLeastOnce), TimeSpan.FromHours(1), Token);
        await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);

        for (var i = 0; i < 30; i++)
            Clock.Advance(TimeSpan.FromSeconds(10));
        Handler.Gate.SetResult();

        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
        Assert.Equal((ConnectionState.Connected, 0), (connection.Status.State, connection.Status.Reconnects));
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
    public async Task Nothing_waits_on_when_the_connection_has_ended_for_good()
    {
        var (connection, client) = await ConnectedAsync(Options with { Reconnect = false }, [], PacketBytes.UInt16Property(0x21, 2));
        var publishing = Enumerable.Range(0, 20)
            .Select(i => connection.PublishAsync(Message(i % 2 == 0 ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce), Timeout.InfiniteTimeSpan, Token))
            .ToList();
        await client.ExpectPublishAsync();

        client.Reset();

        var results = await Eventually.CompletesAsync("every publish ends", Task.WhenAll(publishing), Token);
        Assert.All(results, result => Assert.Equal((PublishOutcome.ConnectionLost, "ConnectionLost"), (result.Outcome, result.ReasonName)));
        Assert.Equal(PublishOutcome.ConnectionLost, (await connection.PublishAsync(Message(QualityOfService.AtMostOnce), Timeout.InfiniteTimeSpan, Token)).Outcome);
    }

    [Fact]
    public async Task Publish_before_there_is_a_connection_is_sent_on_the_first()
    {
        var connection = new BrokerConnection(Options, [], Handler, Observer, Logger, Clock);
        var completion = new RecordingCompletion();
        for (var i = 0; i < 3; i++)
            connection.Publish(Message((QualityOfService)i, i), completion, i);

        connection.Start();
        await using var _ = connection;
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();

        for (var i = 0; i < 3; i++)
            Assert.Equal(i, Number(await client.ExpectPublishAsync()));
        await completion.CountAsync(1);
        Assert.Equal(PublishOutcome.Delivered, completion.Ended[0].Result.Outcome);
        Assert.Equal(0, connection.PublishesSentAgain);
    }

    [Fact]
    public async Task What_is_not_acknowledged_when_the_connection_is_disposed_of_ends_as_lost()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, 2));
        var completion = new RecordingCompletion();
        for (var i = 0; i < 5; i++)
            connection.Publish(Message(QualityOfService.ExactlyOnce, i), completion, i);
        await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubRec, (await client.ExpectPublishAsync()).PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);

        await connection.DisposeAsync();

        Assert.Equal([0L, 1, 2, 3, 4], completion.Ended.Select(ended => ended.Id).Order());
        Assert.All(completion.Ended, ended => Assert.Equal(PublishOutcome.ConnectionLost, ended.Result.Outcome));
        await client.ExpectAsync(PacketType.Disconnect);
    }

    /// <summary>Proves that nothing is about to be sent: a SUBSCRIBE asked for now is the next packet.</summary>
    private async Task AssertIdleAsync(BrokerConnection connection, ScriptedConnection client)
    {
        // Another QoS each time, so that there is something to ask for.
        var update = connection.UpdateSubscriptionsAsync([new("idle", (QualityOfService)(_asked++ % 3))], Token);
        await client.GrantSubscribeAsync();
        await Eventually.CompletesAsync("the update", update, Token);
    }

    private static int Number(ReceivedPublish publish) => int.Parse(Encoding.UTF8.GetString(publish.Payload), System.Globalization.CultureInfo.InvariantCulture);

    private static OutboundPublish Message(QualityOfService qos) => new("out/1", "hi"u8.ToArray(), qos);

    private static OutboundPublish Message(QualityOfService qos, int number) => new("out/1", Encoding.UTF8.GetBytes($"{number}"), qos);
}
