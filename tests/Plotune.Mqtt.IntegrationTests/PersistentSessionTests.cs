using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Sessions that the broker keeps while nobody is connected.</summary>
public sealed class PersistentSessionTests : AgentTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_topic_dropped_while_the_agent_was_away_is_unsubscribed(int workers)
    {
        await using (var agent = await AgentProcess.StartAsync(DataFolder, "--standalone"))
        {
            await AddAsync(agent, workers, enabled: true, "kept/#", "dropped/#");
            await agent.WaitForStatusAsync("plant", "connected");
            await AddAsync(agent, workers, enabled: false, "kept/#");
            await Eventually.ThatAsync("no worker runs", async () => (await agent.StateAsync("plant"))["workers"]!.AsArray().Count == 0);
            using var stopping = await agent.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        await using var again = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await AddAsync(again, workers, enabled: true, "kept/#");
        await again.WaitForStatusAsync("plant", "connected");

        await using var stream = await again.FetchAsync("kept_count");
        await Broker.PublishAsync("dropped/count", "1");
        await Broker.PublishAsync("kept/count", "2");
        Assert.Equal(2, await stream.NextNumberAsync());

        Assert.DoesNotContain("dropped_count", (await again.GetAsync("/fetch-meta"))["headers"]!.AsArray().Select(name => (string)name!));
    }

    private Task AddAsync(AgentProcess agent, int workers, bool enabled, params string[] filters) => agent.AddConnectionAsync(
        "plant",
        Broker.Port,
        new { cleanSession = false, clientId = "held", workers, enabled, topics = filters.Select(filter => new { filter, qos = 1 }) });
}
