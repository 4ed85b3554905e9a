using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>A real broker that does not let everybody subscribe to everything.</summary>
public sealed class RefusedSubscriptionTests : AgentTest
{
    [Theory]
    [InlineData("5.0")]
    [InlineData("3.1.1")]
    public async Task A_refused_filter_is_named_while_the_others_work_and_recovers_once_it_is_allowed(string protocol)
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        var topics = new[] { new { filter = "secret/#", qos = 1 }, new { filter = "open/#", qos = 1 } };
        await agent.AddConnectionAsync("plant", Broker.Port, new { protocol, topics });
        await agent.WaitForStatusAsync("plant", "connected");

        await using var open = await agent.FetchAsync("open_speed");
        await Broker.PublishAsync("secret/speed", "1");
        await Broker.PublishAsync("open/speed", "2");
        Assert.Equal(2, await open.NextNumberAsync());
        var refusal = Assert.Single(await NoticesAsync(agent));
        Assert.Equal("secret/#", (string?)refusal["subject"]);
        Assert.Contains("Check its access rules.", (string)refusal["text"]!, StringComparison.Ordinal);
        Assert.Equal("connected", (string?)(await agent.StateAsync("plant"))["status"]);
        Assert.DoesNotContain("secret_speed", (await agent.GetAsync("/fetch-meta"))["headers"]!.AsArray().Select(name => (string)name!));

        await Broker.AllowSubscriptionsAsync("open/#", "secret/#");
        await Broker.StopAsync();
        await agent.WaitForStatusAsync("plant", "waiting");
        await Broker.StartAgainAsync();
        await agent.WaitForStatusAsync("plant", "connected");

        await using var secret = await agent.FetchAsync("secret_speed");
        await Broker.PublishAsync("secret/speed", "3");
        Assert.Equal(3, await secret.NextNumberAsync());
        Assert.Single(await NoticesAsync(agent));
        Assert.Equal(0, (long)(await agent.StateAsync("plant"))["restarts"]!);
    }

    [Fact]
    public async Task A_test_names_the_filter_that_is_refused()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        var topics = new[] { new { filter = "secret/#", qos = 1 }, new { filter = "open/#", qos = 1 } };

        using var answer = await agent.PostAsync("/api/connections/test", new { host = "127.0.0.1", port = Broker.Port, topics });

        var result = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.False((bool)result["success"]!);
        Assert.Contains("refused 1 of 2", (string)result["reason"]!, StringComparison.Ordinal);
        Assert.Equal(["secret/#: ", "open/#: 1"], result["topics"]!.AsArray().Select(topic => $"{topic!["filter"]}: {topic["granted"]}"));
    }

    private protected override Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartWithSubscriptionRulesAsync("open/#");

    private static async Task<JsonNode[]> NoticesAsync(AgentProcess agent) =>
        [.. (await agent.StateAsync("plant"))["notices"]!.AsArray().Where(notice => (string?)notice!["kind"] == "filterRefused")!];
}
