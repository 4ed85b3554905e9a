using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Pulling the plug on workers, brokers and the agent.</summary>
public sealed class RecoveryTests : AgentTest
{
    [Fact]
    public async Task A_killed_worker_loses_nothing_that_a_persistent_session_holds()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { cleanSession = false, clientId = "recovery" });
        await agent.WaitForStatusAsync("plant", "connected");
        await using var stream = await agent.FetchAsync("plant_count");
        var worker = (int)(await agent.StateAsync("plant"))["workerPid"]!;

        // No more than a viewer's queue holds, so that a slow machine cannot make it lose what the worker did not.
        var publishing = Broker.PublishAsync("plant/count", Enumerable.Range(0, 4_000).Select(i => $"{i}"));
        await stream.NumbersUntilAsync(2000);
        Assert.Equal(0, Signals.Kill(worker, Signals.Kill9));
        await publishing;
        await Broker.PublishAsync("plant/count", Enumerable.Range(4_000, 4_000).Select(i => $"{i}"));
        var seen = await stream.NumbersUntilAsync(7_999);

        // At least once: every number from where we were, none missing, repeats allowed.
        Assert.Equal(Enumerable.Range(2001, 5_999).Select(i => (double)i), seen.Where(number => number > 2000).Distinct().Order());
        var state = await agent.StateAsync("plant");
        Assert.Equal(1, (long)state["restarts"]!);
        Assert.NotEqual(worker, (int)state["workerPid"]!);
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Hangup)]
    public async Task A_signal_that_reaches_the_worker_too_leaves_the_goodbye_to_the_agent(int signal)
    {
        await using var watcher = await SubscriberRecord.StartAsync(Broker, "wills/#");
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { will = new { topic = "wills/plant", payload = "gone", qos = 1 } });
        await agent.WaitForStatusAsync("plant", "connected");
        await using var stream = await agent.FetchAsync("count");
        var worker = (int)(await agent.StateAsync("plant"))["workerPid"]!;

        // As a closed terminal or a service manager does: first the worker, so that it has every chance to end by itself.
        Assert.Equal(0, Signals.Kill(worker, signal));
        for (var number = 0; number < 50; number++)
        {
            await Broker.PublishAsync("count", $"{number}");
            Assert.Equal(number, await stream.NextNumberAsync());
        }

        agent.Signal(signal);
        Assert.Equal(0, await agent.WaitForExitAsync());
        Assert.DoesNotContain("Restart 1", agent.Output, StringComparison.Ordinal);
        await Broker.PublishAsync("wills/after", "1");
        await watcher.WaitForAsync("what was published last arrives", messages => messages.Any(message => message.Topic == "wills/after"));
        Assert.DoesNotContain(watcher.Messages, message => message.Topic == "wills/plant");
    }

    [Fact]
    public async Task A_worker_that_hangs_is_replaced()
    {
        await using var agent = await StartConnectedAgentAsync();
        var worker = (int)(await agent.StateAsync(ConnectionName))["workerPid"]!;

        Assert.Equal(0, Signals.Kill(worker, Signals.Stop));

        await Eventually.ThatAsync("another worker is connected", async () =>
        {
            var state = await agent.StateAsync(ConnectionName);
            return (string?)state["status"] == "connected" && (int?)state["workerPid"] is { } pid && pid != worker;
        });
        Assert.False(Directory.Exists($"/proc/{worker}"), "the stopped worker is still there");
        await using var stream = await agent.FetchAsync("after");
        await Broker.PublishAsync("after", "1");
        Assert.Equal(1, await stream.NextNumberAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broker_that_restarts_is_found_again(bool killed)
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var stream = await agent.FetchAsync("plant_count");
        await Broker.PublishAsync("plant/count", "1");
        Assert.Equal(1, await stream.NextNumberAsync());

        await (killed ? Broker.KillAsync() : Broker.StopAsync());
        await Eventually.ThatAsync("the loss is seen", async () => (string?)(await agent.StateAsync(ConnectionName))["status"] is "waiting" or "connecting");
        await Broker.StartAgainAsync();
        await agent.WaitForStatusAsync(ConnectionName, "connected");
        await Broker.PublishAsync("plant/count", "2");

        Assert.Equal(2, await stream.NextNumberAsync());
        Assert.Equal(1, (long)(await agent.StateAsync(ConnectionName))["reconnects"]!);
    }

    [Fact]
    public async Task A_broken_broker_does_not_touch_the_other_connection()
    {
        await using var agent = await StartConnectedAgentAsync();
        await agent.AddConnectionAsync("broken", 1, new { topics = new[] { new { filter = "#", qos = 0 } } });
        await Eventually.ThatAsync("the broken one backs off", async () => (string?)(await agent.StateAsync("broken"))["status"] == "waiting");

        await using var stream = await agent.FetchAsync("good");
        await Broker.PublishAsync("good", "7");

        Assert.Equal(7, await stream.NextNumberAsync());
        Assert.Equal("connected", (string?)(await agent.StateAsync(ConnectionName))["status"]);
        Assert.NotEmpty((string)(await agent.StateAsync("broken"))["reason"]!);
    }

    [Fact]
    public async Task A_restart_brings_everything_back()
    {
        await using (var agent = await StartConnectedAgentAsync())
        {
            await Broker.PublishAsync("a/b_c", "1");
            await Eventually.ThatAsync("the first is known", async () => (await agent.GetAsync("/fetch-meta"))["headers"]!.AsArray().Count == 1);
            await Broker.PublishAsync("a_b/c", "2");
            await Eventually.ThatAsync("the second is known", async () => (await agent.GetAsync("/fetch-meta"))["headers"]!.AsArray().Count == 2);
            using var stopping = await agent.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        await using var again = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await again.WaitForStatusAsync(ConnectionName, "connected");
        await using var second = await again.FetchAsync("a_b_c_2");
        await Broker.PublishAsync("a_b/c", "3");

        Assert.Equal(3, await second.NextNumberAsync());
        Assert.Equal(2, (await again.GetAsync("/fetch-meta"))["headers"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    public async Task A_signal_stops_the_agent_and_its_workers_in_order(int signal)
    {
        await using var agent = await StartConnectedAgentAsync();
        var worker = (int)(await agent.StateAsync(ConnectionName))["workerPid"]!;

        agent.Signal(signal);

        Assert.Equal(0, await agent.WaitForExitAsync());
        Assert.False(Directory.Exists($"/proc/{worker}"), "the worker outlived the agent");
    }

    [Fact]
    public async Task Workers_end_when_the_agent_is_killed()
    {
        await using var agent = await StartConnectedAgentAsync();
        var worker = (int)(await agent.StateAsync(ConnectionName))["workerPid"]!;

        agent.Signal(Signals.Kill9);

        await agent.WaitForExitAsync();
        await Eventually.ThatAsync("the worker is gone", () => !Directory.Exists($"/proc/{worker}"));
    }

    [Fact]
    public async Task A_second_agent_on_the_same_data_says_who_holds_it_and_leaves()
    {
        await using var agent = await StartConnectedAgentAsync();

        await using var second = AgentProcess.Launch(DataFolder, Installation.Shared, "--standalone");

        Assert.Equal(3, await second.WaitForExitAsync());
        await Eventually.ThatAsync("it names the holder", () => second.Output.Contains($"{agent.ProcessId}", StringComparison.Ordinal));
        Assert.Equal("ok", (string?)(await agent.GetAsync("/health"))["status"]);
    }
}
