using System.Net;
using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Variables on their way from a source through a real agent and its worker to a real broker, and the plug pulled on each part.</summary>
public sealed class BridgeTests : AgentTest
{
    private const string Topic = "plotune/speed";

    /// <summary>What an extension of Plotune sends to each new viewer.</summary>
    private const int HistoryLength = 240;

    private const double PerSecond = 40;

    public enum Fault
    {
        WorkerKilled,
        WorkerStopped,
        AgentKilled,
        AgentTerminated,
        BrokerTerminated,
        BrokerStopped,
        SourceKilled,
        SourceStopped,
        SourceFrozen,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<Fault> Faults => [.. Enum.GetValues<Fault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Every_sample_arrives_in_order_whatever_is_taken_away_meanwhile(Fault fault)
    {
        await using var source = await VariableSource.StartAsync(historyLength: HistoryLength);
        await using var record = await SubscriberRecord.StartAsync(Broker, "plotune/#");
        var agent = await StartAsync(source);
        try
        {
            using var stop = new CancellationTokenSource();
            var sending = source.SendAtPaceAsync("speed", PerSecond, stop.Token);
            await record.WaitForAsync("samples arrive", messages => messages.Count > 20);

            agent = await DoAsync(fault, agent, source);
            var sent = source.SentOf("speed");
            await record.WaitForAsync("samples arrive again", _ => record.Read(Topic, numbers => numbers.Count > sent + 20));
            await stop.CancelAsync();
            await sending;

            await record.WaitForNumbersAsync(Topic, 0, source.SentOf("speed") - 1);
        }
        finally
        {
            await agent.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_bridge_is_resumed_by_the_next_agent_until_it_is_unbridged()
    {
        await using var source = await VariableSource.StartAsync();
        await using var record = await SubscriberRecord.StartAsync(Broker, "plotune/#");
        await using (var agent = await StartAsync(source))
        {
            agent.Signal(Signals.Terminate);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        await using var again = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await source.SendAsync("speed", 3);
        await record.WaitForNumbersAsync(Topic, 0, 2);
        for (var i = 0; i < 2; i++)
        {
            using var answer = await again.PostAsync("/unbridge/speed", BodyFor(source));
            Assert.Equal((HttpStatusCode.OK, "success"), (answer.StatusCode, await StatusOfAsync(answer)));
        }

        await Eventually.ThatAsync("the source is let go", () => source.ViewersOf("speed") == 0);
        Assert.Empty((await again.GetAsync("/api/bridges"))["bridges"]!.AsArray());
    }

    [Fact]
    public async Task Without_a_producer_a_bridge_is_refused_in_words()
    {
        await using var source = await VariableSource.StartAsync();
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");

        using var answer = await agent.PostAsync("/bridge/speed", BodyFor(source));

        Assert.False(answer.IsSuccessStatusCode);
        Assert.Contains("producer", (string?)(await JsonOfAsync(answer))["detail"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, source.ConnectionsOf("speed"));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task On_a_full_disk_what_was_accepted_is_published_and_the_rest_waits_until_there_is_room(bool agentIsKilled, bool filledByOthers)
    {
        Directory.CreateDirectory(DataFolder);
        await using var disk = await SmallDisk.MountAsync(DataFolder, megabytes: 24);
        await using var source = await VariableSource.StartAsync();
        await using var record = await SubscriberRecord.StartAsync(Broker, "plotune/#");
        var agent = await StartOnAsync(disk);
        try
        {
            await BridgeAsync(agent, source);
            await source.SendAsync("speed", 100);
            await record.WaitForNumbersAsync(Topic, 0, 99);
            await Broker.StopAsync();

            using var stop = new CancellationTokenSource();
            var sending = SendUntilHeldBackAsync(source, stop.Token);
            await Eventually.ThatAsync("many wait to be published", async () => (long)(await agent.StateAsync("plant"))["outbound"]!["depth"]! > 5000);
            if (filledByOthers)
                disk.TakeAll();
            await Eventually.ThatAsync("the bridge says that the disk is full", async () => ((string?)(await BridgeStateAsync(agent))["reason"])?.Contains("is full", StringComparison.Ordinal) == true);
            Assert.Contains("free some space", (string?)(await BridgeStateAsync(agent))["reason"], StringComparison.Ordinal);
            var accepted = (long)(await BridgeStateAsync(agent))["accepted"]!;
            Assert.Equal(accepted - 100, (long)(await agent.StateAsync("plant"))["outbound"]!["depth"]!);
            if (agentIsKilled)
            {
                agent.Signal(Signals.Kill9);
                await agent.WaitForExitAsync();
                await agent.DisposeAsync();
                agent = await StartOnAsync(disk);
            }

            await Broker.StartAgainAsync();
            await Eventually.ThatAsync("what was accepted is at the broker", () => record.Read(Topic, numbers => numbers.HasAll(0, accepted - 1)));
            if (filledByOthers)
                disk.GiveBack();
            await stop.CancelAsync();
            await sending;

            // Without a history, what the killed agent had read and not accepted is gone.
            if (agentIsKilled)
            {
                await source.WaitForViewerAsync("speed");
                await source.SendAsync("speed", 1);
                await record.WaitForAsync("the newest arrives", _ => record.Read(Topic, numbers => numbers.Highest == source.SentOf("speed") - 1));
                Assert.Equal(0, record.Read(Topic, numbers => numbers.Late.Count));
            }
            else
            {
                await record.WaitForNumbersAsync(Topic, 0, source.SentOf("speed") - 1);
            }

            await Eventually.ThatAsync("nothing waits any more", async () => (long)(await agent.StateAsync("plant"))["outbound"]!["depth"]! == 0);
            agent.Signal(Signals.Terminate);
            Assert.Equal(0, await agent.WaitForExitAsync());
            Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
        }
        finally
        {
            await agent.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_agent_that_ends_while_the_disk_is_full_says_so_without_a_stack_trace()
    {
        Directory.CreateDirectory(DataFolder);
        await using var disk = await SmallDisk.MountAsync(DataFolder, megabytes: 8);
        await using var agent = await StartOnAsync(disk);
        disk.TakeAll();
        for (var i = 0; i < 100; i++)
        {
            // Each start of a worker is a line of the log.
            await agent.AddConnectionAsync("plant", Broker.Port, new { enabled = i % 2 == 0 });
        }

        agent.Signal(Signals.Terminate);

        Assert.Equal(0, await agent.WaitForExitAsync());
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
        Assert.Contains("is full: free some space", agent.Output, StringComparison.Ordinal);
    }

    private async Task<AgentProcess> StartAsync(VariableSource source)
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(() => BridgeAsync(agent, source));
    }

    private async Task<AgentProcess> StartOnAsync(SmallDisk disk)
    {
        var agent = AgentProcess.Launch(DataFolder, disk.Within(Installation.Shared), "--standalone");
        return await agent.ReadyAsync(agent.WaitUntilListeningAsync);
    }

    private async Task BridgeAsync(AgentProcess agent, VariableSource source)
    {
        await agent.AddConnectionAsync("plant", Broker.Port, new { producer = true, producerTopic = "plotune/#", producerQos = 1, topics = Array.Empty<object>() });
        await agent.WaitForStatusAsync("plant", "connected");
        using var answer = await agent.PostAsync("/bridge/speed", BodyFor(source));
        Assert.Equal((HttpStatusCode.OK, "success"), (answer.StatusCode, await StatusOfAsync(answer)));
        await source.WaitForViewerAsync("speed");
    }

    /// <returns>The agent that runs afterwards.</returns>
    private async Task<AgentProcess> DoAsync(Fault fault, AgentProcess agent, VariableSource source)
    {
        switch (fault)
        {
            case Fault.WorkerKilled:
                Assert.Equal(0, Signals.Kill(await WorkerOfAsync(agent), Signals.Kill9));
                return agent;
            case Fault.WorkerStopped:
                var worker = await WorkerOfAsync(agent);
                Assert.Equal(0, Signals.Kill(worker, Signals.Stop));
                await Eventually.ThatAsync("another worker is connected", async () => await FindWorkerOfAsync(agent) is { } pid && pid != worker);
                return agent;
            case Fault.AgentKilled or Fault.AgentTerminated:
                agent.Signal(fault == Fault.AgentKilled ? Signals.Kill9 : Signals.Terminate);
                await agent.WaitForExitAsync();
                await agent.DisposeAsync();
                return await AgentProcess.StartAsync(DataFolder, "--standalone");
            case Fault.BrokerTerminated:
                await Broker.StopAsync();
                await UntilNumbersWaitAsync(agent);
                await Broker.StartAgainAsync();
                return agent;
            case Fault.BrokerStopped:
                Broker.Signal(Signals.Stop);
                await UntilNumbersWaitAsync(agent);
                Broker.Signal(Signals.Continue);
                return agent;
            case Fault.SourceKilled or Fault.SourceStopped:
                await (fault == Fault.SourceKilled ? source.KillAsync() : source.StopAsync());
                await source.SendAsync("speed", 30);
                await source.StartAgainAsync();
                return agent;
            default:
                source.Freeze();
                await Eventually.ThatAsync("nothing is on its way any more", async () => (long)(await agent.StateAsync("plant"))["outbound"]!["depth"]! == 0);
                source.Thaw();
                return agent;
        }
    }

    private static Task UntilNumbersWaitAsync(AgentProcess agent) =>
        Eventually.ThatAsync("samples wait to be published", async () => (long)(await agent.StateAsync("plant"))["outbound"]!["depth"]! > 50);

    private static async Task<int> WorkerOfAsync(AgentProcess agent) => await FindWorkerOfAsync(agent) ?? throw new InvalidOperationException("There is no worker");

    private static async Task<int?> FindWorkerOfAsync(AgentProcess agent)
    {
        var state = await agent.StateAsync("plant");
        return (string?)state["status"] == "connected" ? (int?)state["workerPid"] : null;
    }

    /// <summary>As fast as the agent reads, which on a full disk is not at all.</summary>
    private static async Task SendUntilHeldBackAsync(VariableSource source, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
            await source.SendAsync("speed", 1000);
    }

    private static async Task<JsonNode> BridgeStateAsync(AgentProcess agent) => (await agent.GetAsync("/api/bridges"))["bridges"]!.AsArray().Single()!["state"]!;

    private static object BodyFor(VariableSource source) => new { name = "speed", source_ip = "127.0.0.1", source_port = source.Port };

    private static async Task<JsonNode> JsonOfAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;

    private static async Task<string?> StatusOfAsync(HttpResponseMessage answer) => (string?)(await JsonOfAsync(answer))["status"];
}
