using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>A data folder on a disk of a few megabytes.</summary>
public sealed class FullDiskTests : BridgeTest
{
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

    [Theory]
    [InlineData(16 << 10)]
    [InlineData(64 << 10)]
    public async Task An_agent_that_finds_no_room_for_a_state_file_says_so_without_a_stack_trace(int left)
    {
        Directory.CreateDirectory(DataFolder);
        await using var disk = await SmallDisk.MountAsync(DataFolder, megabytes: 1);
        disk.TakeAll(left);
        await using var agent = AgentProcess.Launch(DataFolder, disk.Within(Installation.Shared), "--standalone");

        Assert.Equal(1, await agent.WaitForExitAsync());
        Assert.Contains("is full: free some space", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    private async Task<AgentProcess> StartOnAsync(SmallDisk disk)
    {
        var agent = AgentProcess.Launch(DataFolder, disk.Within(Installation.Shared), "--standalone");
        return await agent.ReadyAsync(agent.WaitUntilListeningAsync);
    }

    /// <summary>As fast as the agent reads, which on a full disk is not at all.</summary>
    private static async Task SendUntilHeldBackAsync(VariableSource source, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
            await source.SendAsync("speed", 1000);
    }
}
