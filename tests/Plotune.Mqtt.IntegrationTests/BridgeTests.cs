using System.Net;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Variables on their way from a source through a real agent and its worker to a real broker, and the plug pulled on each part.</summary>
public sealed class BridgeTests : BridgeTest
{
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

    private async Task<AgentProcess> StartAsync(VariableSource source)
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(() => BridgeAsync(agent, source));
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
}
