using System.Text;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Tests.Hosting;

namespace Plotune.Mqtt.Worker.Tests.Publishing;

/// <summary>Messages of the agent on their way to the broker, and what the agent hears of them.</summary>
public sealed class WorkerPublishTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_are_published_as_asked_and_in_order_and_reported_when_acknowledged()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        var connection = await AcceptAsync(broker);

        Publish(
            agent,
            Request(1, QualityOfService.AtMostOnce),
            Request(2, QualityOfService.AtLeastOnce) with { Retain = true, IsJson = true, ExpirySeconds = 3_600 },
            Request(3, QualityOfService.ExactlyOnce));

        var zero = await connection.ExpectPublishAsync();
        Assert.Equal(("out/1", 0, false, "1"), (zero.Topic, zero.Qos, zero.Retain, Encoding.UTF8.GetString(zero.Payload)));
        Assert.Empty(zero.Properties);
        var one = await connection.ExpectPublishAsync();
        Assert.Equal(("out/2", 1, true, "2"), (one.Topic, one.Qos, one.Retain, Encoding.UTF8.GetString(one.Payload)));
        Assert.Equal([(0x01, 1u), (0x02, 3_600u), (0x03, "application/json")], one.Properties.Select(property => ((int)property.Key, property.Value)));
        var two = await connection.ExpectPublishAsync();
        Assert.Equal(("out/3", 2), (two.Topic, two.Qos));
        Assert.Equal([new PublishReport(1)], Reports(agent, 1));

        await connection.SendAcknowledgementAsync(PacketType.PubAck, one.PacketIdentifier);
        Assert.Equal([new PublishReport(2)], Reports(agent, 1));
        await connection.SendAcknowledgementAsync(PacketType.PubRec, two.PacketIdentifier);
        await connection.ExpectAsync(PacketType.PubRel);
        await connection.SendAcknowledgementAsync(PacketType.PubComp, two.PacketIdentifier);
        Assert.Equal([new PublishReport(3)], Reports(agent, 1));
    }

    [Fact]
    public async Task Messages_that_can_never_arrive_are_reported_with_the_reason_and_block_nothing()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        var connection = await AcceptAsync(broker);

        Publish(
            agent,
            Request(1, QualityOfService.AtLeastOnce) with { Topic = "a/#" },
            Request(2, QualityOfService.AtLeastOnce) with { Payload = new byte[] { 0xFF }, IsJson = true },
            Request(3, QualityOfService.AtLeastOnce),
            Request(4, QualityOfService.AtLeastOnce));
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier, 0x87);
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier);

        var reports = Reports(agent, 4);
        Assert.Equal([(1L, "TopicNameInvalid"), (2, "MalformedPacket"), (3, "NotAuthorized"), (4, null)], reports.Select(report => (report.Id, report.RefusalName)));
        Assert.All(reports.Take(3), report => Assert.EndsWith(".", report.Refusal, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_not_acknowledged_when_a_connection_ended_is_published_again_on_the_next_and_counted()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => Version5(settings) with { Limits = new() { ReconnectDelaySeconds = 0.01 } });
        var first = await AcceptAsync(broker);
        Publish(agent, Request(1, QualityOfService.AtLeastOnce), Request(2, QualityOfService.AtLeastOnce));
        await first.ExpectPublishAsync();
        await first.ExpectPublishAsync();

        first.Close();
        var second = await broker.AcceptAsync();
        Publish(agent, Request(3, QualityOfService.AtLeastOnce));
        await second.AcceptSessionAsync();
        await second.GrantSubscribeAsync();
        for (var i = 1; i <= 3; i++)
        {
            var publish = await second.ExpectPublishAsync();
            Assert.Equal($"out/{i}", publish.Topic);
            await second.SendAcknowledgementAsync(PacketType.PubAck, publish.PacketIdentifier);
        }

        Assert.Equal([1L, 2, 3], Reports(agent, 3).Select(report => report.Id));
        Assert.Equal(2, agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters.Resent > 0).Resent);
    }

    [Fact]
    public async Task Messages_given_at_once_after_the_start_are_published_too()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        for (var i = 0; i < 500; i++)
            Publish(agent, Request(i, QualityOfService.AtMostOnce));

        var connection = await AcceptAsync(broker);

        for (var i = 0; i < 500; i++)
            Assert.Equal($"out/{i}", (await connection.ExpectPublishAsync()).Topic);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), Reports(agent, 500).Select(report => report.Id));
    }

    [Fact]
    public async Task Shutdown_does_not_wait_for_what_is_not_acknowledged()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        var connection = await AcceptAsync(broker);
        Publish(agent, Request(1, QualityOfService.AtLeastOnce), Request(2, QualityOfService.AtLeastOnce));
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier);
        await connection.ExpectPublishAsync();
        Assert.Equal([new PublishReport(1)], Reports(agent, 1));

        agent.Writer.Write(FrameKind.Shutdown, []);

        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(0, await agent.ExitAsync());
        agent.Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task More_messages_than_an_agent_may_give_are_a_breach_of_contract()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        await broker.AcceptAsync();
        var block = PublishFrame.ToBody([.. Enumerable.Range(0, 1_000).Select(i => Request(i, QualityOfService.AtLeastOnce))]);

        for (var i = 0; i < 66; i++)
            agent.Writer.Write(FrameKind.Publish, block);

        Assert.Equal(WorkerEnd.BrokenContract, await agent.ExitAsync());
        Assert.Contains(agent.Logger.Entries, entry => entry.Message.Contains("more messages to publish", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_that_only_tests_publishes_nothing()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Mode = WorkerMode.Test });

        Publish(agent, Request(1, QualityOfService.AtLeastOnce));

        Assert.Equal(WorkerEnd.BrokenContract, await agent.ExitAsync());
    }

    [Fact]
    public async Task Log_shows_messages_of_both_directions()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, Version5);
        var connection = await AcceptAsync(broker);
        await connection.SendPublishAsync("plotune/in", "1"u8.ToArray());
        agent.Expect(FrameKind.Samples);
        Publish(agent, Request(7, QualityOfService.AtLeastOnce) with { Retain = true }, Request(8, QualityOfService.AtLeastOnce));
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier);
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier, 0x87);
        Reports(agent, 2);

        agent.Writer.Write(FrameKind.MessagesRequest, new MessagesRequestFrame(1, 0).ToBody());

        var messages = agent.Expect(FrameKind.Messages, WorkerJson.Default.WorkerMessages).Messages;
        Assert.Equal([("out", "out/8", "8"), ("out", "out/7", "7"), ("in", "plotune/in", "1")], messages.Select(message => (message.Direction, message.Topic, message.Text)));
        Assert.Equal((1, true, null), (messages[1].Qos, messages[1].Retained, messages[1].Failure));
        Assert.NotNull(messages[0].Failure);
        Assert.True(messages[0].Time >= messages[2].Time);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_back_of_our_own_is_left_out_and_counted_unless_asked_for(bool takesOwn)
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(
            broker.Port, Token, settings => Version5(settings) with { TakeOwnMessages = takesOwn, OwnTopics = ["plotune/before"] });
        var connection = await AcceptAsync(broker);
        agent.Send(FrameKind.OwnTopics, ["plotune/other"], WorkerJson.Default.StringArray);
        Publish(agent, Request(1, QualityOfService.AtLeastOnce) with { Topic = "plotune/mine" });
        await connection.SendAcknowledgementAsync(PacketType.PubAck, (await connection.ExpectPublishAsync()).PacketIdentifier);
        Reports(agent, 1);

        foreach (var topic in new[] { "plotune/mine", "plotune/before", "plotune/other", "plotune/theirs" })
            await connection.SendPublishAsync(topic, "1"u8.ToArray(), qos: 1, packetIdentifier: 9);
        for (var i = 0; i < 4; i++)
            await connection.ExpectAsync(PacketType.PubAck);

        Assert.Equal(takesOwn ? 4 : 1, agent.ExpectSamples(takesOwn ? 4 : 1).Count);
        var counters = agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters.Received == 4);
        Assert.Equal((takesOwn ? 4 : 1, takesOwn ? 0 : 3), (counters.Samples, counters.OwnMessages));
    }

    private static WorkerSettings Version5(WorkerSettings settings) => settings with { Protocol = "5.0" };

    private static PublishRequest Request(long id, QualityOfService qos) => new(id, $"out/{id}", Encoding.UTF8.GetBytes($"{id}"), qos);

    private static void Publish(AgentSide agent, params PublishRequest[] requests) => agent.Writer.Write(FrameKind.Publish, PublishFrame.ToBody(requests));

    private static List<PublishReport> Reports(AgentSide agent, int count)
    {
        var reports = new List<PublishReport>();
        while (reports.Count < count)
            reports.AddRange(PublishReportFrame.Read(agent.Expect(FrameKind.Published)));
        return reports;
    }

    private static async Task<ScriptedConnection> AcceptAsync(ScriptedBroker broker)
    {
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();
        return connection;
    }
}
