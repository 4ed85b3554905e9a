using System.Globalization;
using System.Text;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class IngestRunTests
{
    private const int LargeMessages = 5000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_of_the_broker_reach_the_agent_as_samples()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);

        await connection.SendPublishAsync("plotune/a", """{"value":1.5,"timestamp":1766000000.5}"""u8.ToArray());

        Assert.Equal("plotune/a", SignalDefinitionFrame.Read(agent.Expect(FrameKind.SignalDefined)).Topic);
        Assert.Equal(["1766000000500000 0 = 1.5"], agent.ExpectSamples(1));
    }

    [Fact]
    public async Task Connect_and_subscribe_are_as_the_settings_say()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Protocol = "5.0", KeepAliveSeconds = 33, Topics = [new("a/#", 2), new("b", 0)] });

        var connection = await broker.AcceptAsync();
        var connect = await connection.AcceptSessionAsync();
        var subscribe = await connection.GrantSubscribeAsync();

        Assert.Equal((5, "worker-test", 33), (connect.ProtocolLevel, connect.ClientId, connect.KeepAliveSeconds));
        Assert.Equal(["a/#", "b"], subscribe.Filters);
        Assert.Equal([2, 0], subscribe.Options.Select(options => options & 3));
        var status = agent.ExpectState("connected");
        Assert.Equal(("5.0", "worker-test", ""), (status.Protocol, status.ClientId, status.Reason));
    }

    [Fact]
    public async Task An_agent_that_was_behind_gets_every_message_in_order_and_each_is_acknowledged()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, reads: false);
        var connection = await AcceptAsync(broker);
        var sending = SendLargeAsync(connection);
        var acknowledging = Task.Run(async () =>
        {
            for (var i = 1; i <= LargeMessages; i++)
                Assert.Equal(i, (await connection.ExpectAsync(PacketType.PubAck)).PacketIdentifier);
        }, Token);

        var read = 0;
        while (read < LargeMessages)
            read += ReadSamples(agent.Reader, read);

        await Eventually.CompletesAsync("every message is sent", sending, Token);
        await Eventually.CompletesAsync("every message is acknowledged in order", acknowledging, Token);
    }

    [Fact]
    public async Task Messages_that_do_not_fit_into_the_pipe_are_not_acknowledged_and_do_not_keep_the_worker_alive()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, reads: false);
        var connection = await AcceptAsync(broker);
        var sending = SendLargeAsync(connection);
        await connection.ExpectAsync(PacketType.PubAck);

        agent.CloseInput();

        Assert.Equal(0, await agent.ExitAsync());
        agent.Die();
        var packets = await connection.DrainAsync();
        Assert.InRange(packets.Count(packet => packet.Type == PacketType.PubAck), 0, LargeMessages / 2);
        connection.Close();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Ping_is_answered_while_samples_flow()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var block = Enumerable.Range(0, 500).SelectMany(i => PacketBytes.Publish311("plotune/a", Encoding.UTF8.GetBytes($"{i}"))).ToArray();
        var flood = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await connection.SendAsync(block);
        }, Token);
        agent.Expect(FrameKind.Samples);

        for (byte i = 0; i < 20; i++)
        {
            agent.Writer.Write(FrameKind.Ping, [i, 0, 0, 0, 0, 0, 0, 0]);
            Assert.Equal(i, agent.Expect(FrameKind.Pong)[0]);
        }

        await stop.CancelAsync();
        await flood;
    }

    [Fact]
    public async Task Shutdown_says_disconnect_and_ends_with_the_last_counters()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);
        await connection.SendPublishAsync("plotune/a", "[1,2]"u8.ToArray());
        await connection.SendPublishAsync("plotune/b", [0xFF]);
        agent.Expect(FrameKind.Notice);

        agent.Writer.Write(FrameKind.Shutdown, []);

        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(0, await agent.ExitAsync());
        var counters = agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters.Received == 2);
        Assert.Equal((2, 1, 0), (counters.Samples, counters.DecodeFailures["not_text"], counters.SignalsRefused));
        agent.Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task End_of_input_says_disconnect()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);

        agent.CloseInput();

        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(0, await agent.ExitAsync());
        agent.Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task An_agent_that_died_ends_the_worker_and_its_messages_stay_unacknowledged()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);
        await connection.SendPublishAsync("plotune/a", "1"u8.ToArray(), qos: 1, packetIdentifier: 1);
        await connection.ExpectAsync(PacketType.PubAck);

        agent.Die();
        await connection.SendPublishAsync("plotune/a", "2"u8.ToArray(), qos: 1, packetIdentifier: 2);

        Assert.Equal(0, await agent.ExitAsync());
        Assert.DoesNotContain(await connection.DrainAsync(), packet => packet.Type == PacketType.PubAck);
    }

    [Fact]
    public async Task A_broken_frame_ends_the_worker_and_says_disconnect()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);

        agent.Writer.Write((FrameKind)99, []);

        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(2, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_new_list_of_topics_subscribes_the_difference_on_the_live_connection()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Topics = [new("a", 0), new("b", 0)] });
        var connection = await AcceptAsync(broker);
        agent.ExpectState("connected");

        agent.Send(FrameKind.Subscribe, [new WorkerTopic("b", 0), new WorkerTopic("c", 1)], WorkerJson.Default.WorkerTopicArray);

        Assert.Equal(["c"], (await connection.GrantSubscribeAsync()).Filters);
        Assert.Equal(["a"], (await connection.ExpectUnsubscribeAsync()).Filters);
    }

    [Fact]
    public async Task Will_and_options_of_topics_are_as_the_settings_say()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with
        {
            Protocol = "5.0",
            Will = new WorkerWill("will/1", "gone \u00B0") { Qos = 1, Retain = true, DelaySeconds = 9 },
            Topics = [new WorkerTopic("a", 2) { RetainHandling = 1, RetainAsPublished = true, NoLocal = true }],
        });

        var connection = await broker.AcceptAsync();
        var connect = await connection.AcceptSessionAsync();

        Assert.Equal(("will/1", "gone \u00B0", 1, true), (connect.WillTopic, Encoding.UTF8.GetString(connect.WillPayload!), connect.WillQos, connect.WillRetain));
        Assert.Equal(9u, connect.WillProperties![0x18]);
        Assert.Equal<byte>([0b0001_1110], (await connection.GrantSubscribeAsync()).Options);
    }

    [Fact]
    public async Task With_a_signing_secret_the_will_is_signed()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { SigningSecret = "hunter2", Will = new WorkerWill("will", "gone \u00B0") });

        var connect = await (await broker.AcceptAsync()).AcceptSessionAsync();

        using var verifier = new EnvelopeVerifier("hunter2");
        Assert.Equal(EnvelopeResult.Verified, verifier.Open(connect.WillPayload, out var text));
        Assert.Equal("gone \u00B0", Encoding.UTF8.GetString(text));
    }

    [Fact]
    public async Task With_a_verify_secret_unsigned_messages_are_acknowledged_and_counted_and_signed_ones_are_samples()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { VerifySecret = "hunter2" });
        var connection = await AcceptAsync(broker);
        Assert.True(new EnvelopeSigner("hunter2").TryWrap("3"u8, out var envelope));
        Assert.True(new EnvelopeSigner("other").TryWrap("2"u8, out var foreign));

        await connection.SendPublishAsync("plotune/a", "1"u8.ToArray(), qos: 1, packetIdentifier: 1);
        await connection.SendPublishAsync("plotune/a", foreign, qos: 1, packetIdentifier: 2);
        await connection.SendPublishAsync("plotune/a", envelope, qos: 1, packetIdentifier: 3);

        for (var i = 1; i <= 3; i++)
            Assert.Equal(i, (await connection.ExpectAsync(PacketType.PubAck)).PacketIdentifier);
        Assert.EndsWith(" 0 = 3", Assert.Single(agent.ExpectSamples(1)), StringComparison.Ordinal);
        var counters = agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters.Received == 3);
        Assert.Equal((1, 1, 1), (counters.Samples, counters.DecodeFailures["not_signed"], counters.DecodeFailures["bad_signature"]));
    }

    [Fact]
    public async Task Only_the_difference_to_the_held_topics_is_sent_and_the_agent_is_told_what_the_session_holds()
    {
        var kept = new WorkerTopic("kept", 1) { RetainAsPublished = true };
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with
        {
            Protocol = "5.0",
            CleanSession = false,
            SessionExpirySeconds = 60,
            Topics = [kept, new("new", 0)],
            HeldTopics = [new(kept, true), new(new("old", 0), true)],
        });
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync(sessionPresent: true);
        var subscribe = await connection.ExpectSubscribeAsync();

        Assert.Equal(["new"], subscribe.Filters);
        Assert.Equal([new(kept, true), new(new("old", 0), false), new(new("new", 0), false)], ExpectHeld(agent));
        await connection.SendSubAckAsync(subscribe.PacketIdentifier, 0);
        var unsubscribe = await connection.ExpectUnsubscribeAsync();
        Assert.Equal(["old"], unsubscribe.Filters);
        await connection.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0);
        Assert.Equal([new(kept, true), new(new("new", 0), true)], ExpectHeld(agent));
        agent.Expect(
            FrameKind.Subscriptions,
            WorkerJson.Default.WorkerSubscriptionArray,
            answers => answers.SequenceEqual([new("kept", WorkerSubscriptionState.Held), new("new", WorkerSubscriptionState.Granted, 0)]));
        Assert.Equal($"127.0.0.1:{broker.Port}", agent.ExpectState("connected").Reached);
    }

    [Fact]
    public async Task The_agent_is_told_what_the_broker_says_to_each_filter_also_to_those_that_come_later()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Topics = [new("a", 0), new("b", 2)] });
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        var subscribe = await connection.ExpectSubscribeAsync();
        await connection.SendSubAckAsync(subscribe.PacketIdentifier, 0x80, 1);
        WorkerSubscription granted = new("b", WorkerSubscriptionState.Granted, 1);
        ExpectAnswers(answers => answers is [{ Filter: "a", State: WorkerSubscriptionState.Refused, Granted: null, Reason.Length: > 0 }, var b] && b == granted);

        agent.Send(FrameKind.Subscribe, [new WorkerTopic("b", 2), new WorkerTopic("c", 0)], WorkerJson.Default.WorkerTopicArray);
        ExpectAnswers(answers => answers.SequenceEqual([granted, new("c", WorkerSubscriptionState.Asked)]));
        subscribe = await connection.ExpectSubscribeAsync();
        await connection.SendSubAckAsync(subscribe.PacketIdentifier, 0);

        ExpectAnswers(answers => answers.SequenceEqual([granted, new("c", WorkerSubscriptionState.Granted, 0)]));

        void ExpectAnswers(Func<WorkerSubscription[], bool> condition) => agent.Expect(FrameKind.Subscriptions, WorkerJson.Default.WorkerSubscriptionArray, condition);
    }

    [Fact]
    public async Task The_time_of_the_newest_message_is_counted_with_it()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);
        Assert.Null(agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters).LastMessage);
        var before = DateTimeOffset.UtcNow;

        await connection.SendPublishAsync("plotune/a", [0xFF]);

        var counters = agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters is { Received: 1, LastMessage: not null });
        Assert.InRange(counters.LastMessage!.Value, before.ToUnixTimeMilliseconds() / 1e3, (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds);
    }

    [Theory]
    [InlineData(true, new byte[] { 0, 5, 0x11, 0, 0, 0, 0 })]
    [InlineData(false, new byte[] { 0, 0 })]
    public async Task A_clean_session_ends_with_its_worker_and_a_kept_one_stays(bool isClean, byte[] goodbye)
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Protocol = "5.0", CleanSession = isClean, SessionExpirySeconds = 60 });
        var connection = await AcceptAsync(broker);

        agent.Writer.Write(FrameKind.Shutdown, []);

        Assert.Equal(goodbye, (await connection.ExpectAsync(PacketType.Disconnect)).Body);
        await agent.ExitAsync();
    }

    [Fact]
    public async Task Two_parts_of_a_connection_acknowledge_everything_and_share_the_messages()
    {
        const int Messages = 40;
        await using var broker = ScriptedBroker.Start(Token);
        var received = new List<long>();
        var topics = new List<string>();
        for (var part = 0; part < 2; part++)
        {
            await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Part = part, Parts = 2 });
            var connection = await AcceptAsync(broker);
            for (ushort i = 1; i <= Messages; i++)
                await connection.SendPublishAsync($"plotune/{i}", "1"u8.ToArray(), qos: 1, packetIdentifier: i);
            for (ushort i = 1; i <= Messages; i++)
                Assert.Equal(i, (await connection.ExpectAsync(PacketType.PubAck)).PacketIdentifier);

            agent.Writer.Write(FrameKind.MessagesRequest, new MessagesRequestFrame(7, 0).ToBody());
            var log = agent.Expect(FrameKind.Messages, WorkerJson.Default.WorkerMessages);
            topics.AddRange(log.Messages.Select(message => message.Topic));
            agent.Writer.Write(FrameKind.Shutdown, []);
            await agent.ExitAsync();
            received.Add(agent.Expect(FrameKind.Counters, WorkerJson.Default.WorkerCounters, counters => counters.Samples == log.Messages.Length).Received);
        }

        Assert.Equal(Messages, received.Sum());
        Assert.Equal(Messages, topics.Distinct().Count());
        Assert.Equal(Messages, topics.Count);
    }

    [Fact]
    public async Task A_refused_filter_and_a_lower_grant_are_one_notice_each()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Topics = [new("a", 0), new("b", 2)], Limits = new WorkerLimits { ReconnectDelaySeconds = 0.01 } });
        for (var i = 0; i < 2; i++)
        {
            var connection = await broker.AcceptAsync();
            await connection.AcceptSessionAsync();
            var subscribe = await connection.ExpectSubscribeAsync();
            await connection.SendSubAckAsync(subscribe.PacketIdentifier, 0x80, 1);
            if (i == 0)
                connection.Close();
            else
                await connection.SendPublishAsync("b", [0xFF]);
        }

        var notices = Enumerable.Range(0, 3).Select(_ => agent.Expect(FrameKind.Notice, WorkerJson.Default.WorkerNotice)).Select(notice => (notice.Kind, notice.Subject));

        Assert.Equal([(WorkerNoticeKinds.FilterRefused, "a"), (WorkerNoticeKinds.FilterGrantedLower, "b"), (WorkerNoticeKinds.DecodeFailure, "b")], notices);
    }

    [Fact]
    public async Task The_newest_messages_are_told_on_request()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        var connection = await AcceptAsync(broker);
        for (var i = 0; i < 150; i++)
            await connection.SendPublishAsync("plotune/a", Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
        agent.ExpectSamples(150);

        agent.Writer.Write(FrameKind.MessagesRequest, new MessagesRequestFrame(7, 0).ToBody());

        var answer = agent.Expect(FrameKind.Messages, WorkerJson.Default.WorkerMessages);
        Assert.Equal(7u, answer.RequestId);
        Assert.Equal(Enumerable.Range(50, 100).Reverse().Select(i => $"{i}"), answer.Messages.Select(message => message.Text));
        agent.Writer.Write(FrameKind.MessagesRequest, new MessagesRequestFrame(8, answer.Messages[0].Sequence - 1).ToBody());
        Assert.Equal(["149", "148"], agent.Expect(FrameKind.Messages, WorkerJson.Default.WorkerMessages).Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task A_broker_that_is_away_is_waited_for_with_a_reason()
    {
        await using var broker = ScriptedBroker.Start(Token);
        broker.StopListening();
        await using var agent = AgentSide.Start(broker.Port, Token);

        var status = agent.ExpectState("waiting");

        Assert.NotEmpty(status.Reason);
        Assert.NotEmpty(status.ReasonName);
        Assert.True(status.RetryAt > status.Since);
    }

    private static WorkerHeldTopic[] ExpectHeld(AgentSide agent) => agent.Expect(FrameKind.HeldTopics, WorkerJson.Default.WorkerHeldTopicArray);

    [Fact]
    public async Task The_pace_the_agent_gives_holds_for_the_reads_of_every_connection()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "No pauses are made here.");
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token, settings => settings with { Limits = new WorkerLimits { ReconnectDelaySeconds = 0.01 } });
        var first = await AcceptAsync(broker);
        agent.Writer.Write(FrameKind.Pace, new PaceFrame(TimeSpan.FromMilliseconds(10)).ToBody());
        agent.Writer.Write(FrameKind.Ping, new byte[8]);
        agent.Expect(FrameKind.Pong);
        first.Close();
        var second = await AcceptAsync(broker);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        byte[] some = [.. Enumerable.Repeat(PacketBytes.Publish311("plotune/a", "1"u8.ToArray()), 4).SelectMany(bytes => bytes)];
        var stream = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(Token))
                await second.SendAsync(some);
        }, Token);

        // Samples of one batch have one time of arrival, but for what gathered before: with the shortest pause no more than 0.25 ms.
        agent.Expect(FrameKind.Samples, body => SpreadMicros(body) > 1000);

        await stop.CancelAsync();
        await stream;
    }

    [Fact]
    public async Task A_pace_that_cannot_be_kept_ends_the_worker_with_words()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = AgentSide.Start(broker.Port, Token);
        await AcceptAsync(broker);

        agent.Writer.Write(FrameKind.Pace, [0xFF, 0xFF, 0xFF, 0xFF]);

        Assert.Equal(2, await agent.ExitAsync());
        Assert.Contains(agent.Logger.Entries, entry => entry.ToString().Contains("A pace of", StringComparison.Ordinal));
    }

    private static long SpreadMicros(byte[] samples)
    {
        var reader = new SamplesReader(samples);
        reader.NextMessage();
        var first = reader.TimeMicros;
        while (reader.NextMessage())
        {
        }

        return reader.TimeMicros - first;
    }

    private static async Task<ScriptedConnection> AcceptAsync(ScriptedBroker broker)
    {
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();
        return connection;
    }

    /// <summary>Several times what the pipe holds, which is 1 MiB.</summary>
    private static Task SendLargeAsync(ScriptedConnection connection) => Task.Run(async () =>
    {
        var text = new string('x', 4000);
        for (ushort i = 1; i <= LargeMessages; i++)
            await connection.SendPublishAsync("plotune/a", Encoding.UTF8.GetBytes($"{i} {text}"), qos: 1, packetIdentifier: i);
    }, Token);

    /// <returns>How many samples the next frame holds; they must go on after those before.</returns>
    private static int ReadSamples(FrameReader reader, int before)
    {
        Assert.True(reader.TryRead(out var frame));
        if (frame.Kind != FrameKind.Samples)
            return 0;
        var count = 0;
        var samples = new SamplesReader(frame.Body);
        while (samples.NextMessage())
        {
            while (samples.NextSample(out var sample))
                Assert.StartsWith($"{before + ++count} ", Encoding.UTF8.GetString(sample.Text), StringComparison.Ordinal);
        }

        return count;
    }
}
