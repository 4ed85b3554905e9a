using Plotune.Mqtt.Client;
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

    [Theory]
    [InlineData("5.0")]
    [InlineData("3.1.1")]
    public async Task Workers_that_are_dropped_and_a_deleted_connection_leave_no_session_at_the_broker(string protocol)
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        Task AddAsync(int workers) => agent.AddConnectionAsync("plant", Broker.Port, new { cleanSession = false, clientId = "held", workers, protocol });
        await AddAsync(workers: 2);
        await agent.WaitForStatusAsync("plant", "connected");

        await AddAsync(workers: 1);
        await EndedAsync(agent, "held-2");
        await agent.WaitForStatusAsync("plant", "connected");
        Assert.False(await IsSessionPresentAsync("held-2"));
        Assert.DoesNotContain("sessionLost", (await agent.StateAsync("plant"))["notices"]!.ToJsonString(), StringComparison.Ordinal);

        using var deleted = await agent.Http.DeleteAsync("/api/connections/plant", TestContext.Current.CancellationToken);
        await EndedAsync(agent, "held");
        Assert.False(await IsSessionPresentAsync("held"));
    }

    [Fact]
    public async Task A_clean_session_ends_with_the_agent_and_a_kept_one_stays()
    {
        await using (var agent = await AgentProcess.StartAsync(DataFolder, "--standalone"))
        {
            await agent.AddConnectionAsync("clean", Broker.Port, new { clientId = "clean" });
            await agent.AddConnectionAsync("kept", Broker.Port, new { clientId = "kept", cleanSession = false });
            await agent.WaitForStatusAsync("clean", "connected");
            await agent.WaitForStatusAsync("kept", "connected");
            using var stopping = await agent.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        Assert.False(await IsSessionPresentAsync("clean"));
        Assert.True(await IsSessionPresentAsync("kept"));
    }

    private static Task EndedAsync(AgentProcess agent, string clientId) => Eventually.ThatAsync(
        $"the session of {clientId} is ended", () => agent.Output.Contains($"the session of '{clientId}' at the broker is ended", StringComparison.Ordinal));

    /// <summary>Asks once: to ask ends it.</summary>
    private async Task<bool> IsSessionPresentAsync(string clientId)
    {
        await using var asking = new ClientConnection(
            new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", Broker.Port), ClientId = clientId, CleanStart = false, Protocol = ProtocolPreference.V500 });
        await asking.ConnectedAsync();
        return asking.Status.SessionPresent;
    }

    private Task AddAsync(AgentProcess agent, int workers, bool enabled, params string[] filters) => agent.AddConnectionAsync(
        "plant",
        Broker.Port,
        new { cleanSession = false, clientId = "held", workers, enabled, topics = filters.Select(filter => new { filter, qos = 1 }) });
}
