using System.Text;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>A message for which the broker ends the connection must not end every connection to come.</summary>
public sealed class SuspectTests : ConnectionTest
{
    private const string Poison = "poison";

    private readonly RecordingCompletion _completion = new();

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData((byte)0x95, false)]
    [InlineData((byte)0x82, false)]
    [InlineData((byte)0x87, true)]
    public async Task Message_that_ends_every_connection_is_found_and_refused_and_the_rest_arrives(byte? disconnect, bool sessionPresent)
    {
        var options = Options with { CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };
        var (connection, client) = await ConnectedAsync(options, []);
        for (var i = 0; i < 6; i++)
            Publish(connection, i == 2 ? Poison : $"{i}", i % 2 == 0 ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce, i);

        // Acknowledges nothing before it ends, so that every message in flight might be the reason.
        for (var connections = 1; connections <= PublishPipeline.SuspectAfter; connections++)
        {
            Assert.Equal(6, (await ReceiveAsync(client, 6)).Count);
            client = await NextAsync(connection, client, disconnect, sessionPresent);
        }

        foreach (var expected in new[] { "0", "1", Poison })
            await ExpectAloneAsync(client, expected, isAnswered: expected != Poison);
        client = await NextAsync(connection, client, disconnect, sessionPresent);

        foreach (var expected in new[] { "3", "4", "5" })
            await ExpectAloneAsync(client, expected, isAnswered: true);
        await _completion.CountAsync(6);
        Assert.Equal([0L, 1, 2, 3, 4, 5], _completion.Ended.Select(ended => ended.Id));
        Assert.All(_completion.Ended, ended => Assert.Equal(ended.Id == 2 ? PublishOutcome.Refused : PublishOutcome.Delivered, ended.Result.Outcome));
        Assert.Equal("ConnectionEndedByMessage", _completion.Ended[2].Result.ReasonName);
        Publish(connection, "next", QualityOfService.AtLeastOnce, 6);
        await ExpectAloneAsync(client, "next", isAnswered: true);
    }

    [Fact]
    public async Task Message_of_QoS_0_that_is_never_written_whole_is_refused_in_the_end()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        connection.Publish(new OutboundPublish("t", new byte[32 << 20], QualityOfService.AtMostOnce), _completion, 0);
        Publish(connection, "next", QualityOfService.AtLeastOnce, 1);
        for (var connections = 0; connections <= PublishPipeline.SuspectAfter; connections++)
        {
            await Eventually.TrueAsync("the write has begun", () => client.HasPendingBytes, Token);
            client = await NextAsync(connection, client, disconnect: null, sessionPresent: false, reset: true);
        }

        await ExpectAloneAsync(client, "next", isAnswered: true);
        await _completion.CountAsync(2);
        Assert.Equal((PublishOutcome.Refused, "ConnectionEndedByMessage"), (_completion.Ended[0].Result.Outcome, _completion.Ended[0].Result.ReasonName));
    }

    [Fact]
    public async Task Topic_whose_every_message_ends_the_connection_does_not_hold_up_the_rest()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        for (var message = 0; message < TopicVerdicts.CertainAfter; message++)
        {
            Publish(connection, Poison, QualityOfService.AtLeastOnce, message, "bad");
            for (var connections = 0; connections < (message == 0 ? PublishPipeline.SuspectAfter + 1 : 2); connections++)
            {
                await ExpectAloneAsync(client, Poison, isAnswered: false);
                client = await NextAsync(connection, client, disconnect: null, sessionPresent: false);
            }

            await _completion.CountAsync(message + 1);
        }

        Publish(connection, Poison, QualityOfService.AtLeastOnce, 3, "bad");
        Publish(connection, "good", QualityOfService.AtLeastOnce, 4);
        await ExpectAloneAsync(client, "good", isAnswered: true);
        await _completion.CountAsync(5);
        Assert.Equal([true, true, true, true, false], _completion.Ended.OrderBy(ended => ended.Id).Select(ended => ended.Result.Outcome == PublishOutcome.Refused));

        Clock.Advance(TopicVerdicts.Term);
        Publish(connection, "better", QualityOfService.AtLeastOnce, 5, "bad");
        Publish(connection, "good", QualityOfService.AtLeastOnce, 6);
        await ExpectAloneAsync(client, "better", isAnswered: true);
        await ExpectAloneAsync(client, "good", isAnswered: true);
        await _completion.CountAsync(7);
        for (var i = 7; i < 10; i++)
            Publish(connection, $"{i}", QualityOfService.AtLeastOnce, i, "bad");
        Assert.Equal(["7", "8", "9"], (await ReceiveAsync(client, 3)).Select(Text));
    }

    [Fact]
    public async Task Connection_is_made_again_without_delay_once_the_message_that_ended_it_is_found()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, Poison, QualityOfService.AtLeastOnce, 0);
        for (var connections = 0; connections < PublishPipeline.SuspectAfter; connections++)
        {
            await ExpectAloneAsync(client, Poison, isAnswered: false);
            client = await NextAsync(connection, client, disconnect: null, sessionPresent: false);
        }

        await ExpectAloneAsync(client, Poison, isAnswered: false);
        client.Close();
        await ReachesAsync(connection, ConnectionState.Waiting);

        Assert.Equal(0, connection.Status.Attempt);
    }

    [Theory]
    [InlineData(0x8B)]
    [InlineData(0x8E)]
    public async Task Broker_that_names_another_reason_throws_suspicion_on_no_message(byte disconnect)
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, "0", QualityOfService.AtLeastOnce, 0);
        Publish(connection, "1", QualityOfService.AtLeastOnce, 1);

        for (var connections = 0; connections < 6; connections++)
        {
            Assert.Equal(["0", "1"], (await ReceiveAsync(client, 2)).Select(Text));
            client = await NextAsync(connection, client, disconnect, sessionPresent: false);
        }

        Assert.Empty(_completion.Ended);
    }

    [Fact]
    public async Task Connection_that_ends_long_after_it_was_sent_throws_suspicion_on_no_message()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, "0", QualityOfService.AtLeastOnce, 0);
        Publish(connection, "1", QualityOfService.AtLeastOnce, 1);

        for (var connections = 0; connections < 6; connections++)
        {
            Assert.Equal(["0", "1"], (await ReceiveAsync(client, 2)).Select(Text));
            Clock.Advance(TimeSpan.FromSeconds(11));
            client = await NextAsync(connection, client, disconnect: null, sessionPresent: false);
        }

        Assert.Empty(_completion.Ended);
    }

    [Fact]
    public async Task Message_that_is_acknowledged_on_a_later_connection_is_above_suspicion()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        for (var i = 0; i < 10; i++)
        {
            Publish(connection, $"{i}", QualityOfService.AtLeastOnce, i);
            Assert.Equal($"{i}", Text(await client.ExpectPublishAsync()));
            client = await NextAsync(connection, client, disconnect: null, sessionPresent: false);
            await ExpectAloneAsync(client, $"{i}", isAnswered: true);
            await _completion.CountAsync(i + 1);
        }

        Assert.All(_completion.Ended, ended => Assert.Equal(PublishOutcome.Delivered, ended.Result.Outcome));
    }

    [Fact]
    public async Task Broker_that_answers_with_another_kind_of_packet_every_time_gets_the_message_no_more()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, "odd", QualityOfService.ExactlyOnce, 0);
        for (var connections = 0; connections <= PublishPipeline.SuspectAfter; connections++)
        {
            await client.SendAcknowledgementAsync(PacketType.PubAck, (await client.ExpectPublishAsync()).PacketIdentifier);
            await client.ExpectAsync(PacketType.Disconnect);
            client = await NextAsync(connection, client, disconnect: null, sessionPresent: false);
        }

        await _completion.CountAsync(1);
        Assert.Equal((PublishOutcome.Refused, "ConnectionEndedByMessage"), (_completion.Ended[0].Result.Outcome, _completion.Ended[0].Result.ReasonName));
    }

    [Fact]
    public async Task DISCONNECT_that_would_be_final_is_not_while_a_message_may_be_the_reason()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Publish(connection, "0", QualityOfService.AtLeastOnce, 0);
        await client.ExpectPublishAsync();
        client = await NextAsync(connection, client, disconnect: 0x82, sessionPresent: false);
        await ExpectAloneAsync(client, "0", isAnswered: true);
        await _completion.CountAsync(1);

        await client.SendAsync(PacketBytes.Disconnect5(0x82));

        await ReachesAsync(connection, ConnectionState.Failed);
    }

    private static string Text(ReceivedPublish publish) => Encoding.UTF8.GetString(publish.Payload);

    private static async Task<IReadOnlyList<ReceivedPublish>> ReceiveAsync(ScriptedConnection client, int count)
    {
        var received = new List<ReceivedPublish>();
        for (var i = 0; i < count; i++)
            received.Add(await client.ExpectPublishAsync());
        return received;
    }

    /// <summary>Expects this message, with nothing behind it, and answers it or not.</summary>
    private static async Task ExpectAloneAsync(ScriptedConnection client, string text, bool isAnswered)
    {
        var publish = await client.ExpectPublishAsync();
        Assert.Equal(text, Text(publish));
        // Whatever was sent with it has arrived with it.
        Assert.False(client.HasPendingBytes);
        if (!isAnswered)
            return;
        if (publish.Qos == 2)
        {
            await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
            Assert.Equal(publish.PacketIdentifier, (await client.ExpectAsync(PacketType.PubRel)).PacketIdentifier);
        }

        await client.SendAcknowledgementAsync(publish.Qos == 1 ? PacketType.PubAck : PacketType.PubComp, publish.PacketIdentifier);
    }

    private void Publish(BrokerConnection connection, string payload, QualityOfService qos, long id, string topic = "out/t") =>
        connection.Publish(new OutboundPublish(topic, Encoding.UTF8.GetBytes(payload), qos), _completion, id);

    private async Task<ScriptedConnection> NextAsync(BrokerConnection connection, ScriptedConnection client, byte? disconnect, bool sessionPresent, bool reset = false)
    {
        if (disconnect is { } code)
            await client.SendAsync(PacketBytes.Disconnect5(code));
        if (reset)
            client.Reset();
        else
            client.Close();
        await SkipBackoffAsync(connection);
        var next = await Broker.AcceptAsync();
        await next.AcceptSessionAsync(sessionPresent);
        await ReachesAsync(connection, ConnectionState.Connected);
        return next;
    }
}
