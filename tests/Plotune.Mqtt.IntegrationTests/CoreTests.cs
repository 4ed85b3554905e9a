using System.Net;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The agent as Plotune starts it: from its own folder, with a plugin.json, against a Core that checks what it is sent.</summary>
public sealed class CoreTests : AgentTest
{
    [Fact]
    public async Task Every_signal_is_announced_once_to_the_core_that_was_registered_with()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await StartForCoreAsync(core);

        await Broker.PublishAsync("factory/line1", """{"motor":{"speed":3},"on":true}""");
        await Broker.PublishAsync("factory/line1", """{"motor":{"speed":4},"on":false}""");
        await Broker.PublishAsync("plant/temperature", "21.5");

        await Eventually.ThatAsync("three signals are announced", () => core.Variables.Count >= 3);
        Assert.Equal(["factory_line1_motor_speed", "factory_line1_on", "plant_temperature"], core.Variables.Order(StringComparer.Ordinal));
        var registration = Assert.Single(core.Accepted("/register"));
        Assert.Equal(agent.Port, registration.GetProperty("connection").GetProperty("port").GetInt32());
        Assert.Empty(core.Faults);
    }

    [Fact]
    public async Task What_is_discovered_while_core_is_away_is_announced_when_it_is_back()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await StartForCoreAsync(core);
        await Broker.PublishAsync("before", "1");
        await Eventually.ThatAsync("the first signal is announced", () => core.Variables.Count == 1);

        // Away for calls about signals only: losing three heartbeats would rightly end the agent.
        core.FailingRoute = "/add/variable";
        core.Failure = HttpStatusCode.ServiceUnavailable;
        await Broker.PublishAsync("during/a", "1");
        await Broker.PublishAsync("during/b", "1");
        await using var stream = await agent.FetchAsync("during_b");
        Assert.Equal(1, await stream.NextNumberAsync());
        core.Failure = null;
        core.FailingRoute = null;

        await Eventually.ThatAsync("both are announced", () => core.Variables.Count >= 3);
        Assert.Equal(["before", "during_a", "during_b"], core.Variables);
        Assert.Empty(core.Faults);
    }

    [Fact]
    public async Task A_slow_core_does_not_slow_the_signals()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await StartForCoreAsync(core);
        core.Delay = TimeSpan.FromSeconds(3);
        await using var stream = await agent.FetchAsync("t_199");

        await Broker.PublishAsync("t", "{" + string.Join(",", Enumerable.Range(0, 200).Select(i => $"\"{i}\":{i}")) + "}");

        Assert.Equal(199, await stream.NextNumberAsync());
        Assert.InRange(core.Variables.Count, 0, 50);
    }

    [Fact]
    public async Task A_lost_and_recovered_broker_is_told_to_the_user()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await StartForCoreAsync(core);

        await Broker.KillAsync();
        await Eventually.ThatAsync("the loss is told", () => core.Accepted("/api/toast").Count >= 1);
        await Broker.StartAgainAsync();

        await Eventually.ThatAsync("the recovery is told", () => core.Accepted("/api/toast").Count >= 2);
        Assert.Empty(core.Faults);
    }

    [Fact]
    public async Task Without_core_at_the_start_the_agent_says_so_and_ends_with_4()
    {
        await using var core = await StandInCore.StartAsync();
        await core.SwitchOffAsync();

        await using var agent = AgentProcess.Launch(DataFolder, Installation.CopyFor(NewFolder("installed"), core.Port));

        Assert.Equal(4, await agent.WaitForExitAsync());
        Assert.Contains("Core", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    private async Task<AgentProcess> StartForCoreAsync(StandInCore core)
    {
        var agent = AgentProcess.Launch(DataFolder, Installation.CopyFor(NewFolder("installed"), core.Port));
        return await agent.ReadyAsync(() => ConnectByFormAsync(agent, core));
    }

    private async Task ConnectByFormAsync(AgentProcess agent, StandInCore core)
    {
        await agent.WaitUntilListeningAsync();
        await Eventually.ThatAsync("the agent is registered", () => core.Accepted("/register").Count == 1);
        using var answer = await agent.PostAsync(
            "/form", new { broker_ip = "127.0.0.1", broker_port = $"{Broker.Port}", topic = "#", qos = "1 : At least once", clean_session = "true" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await agent.WaitForStatusAsync(ConnectionName, "connected");
    }
}
