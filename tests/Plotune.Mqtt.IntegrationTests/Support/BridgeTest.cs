using System.Net;
using System.Text.Json.Nodes;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A test with a bridged variable <c>speed</c>, published to the mosquitto of the test.</summary>
public abstract class BridgeTest : AgentTest
{
    private protected const string Topic = "plotune/speed";

    private protected async Task BridgeAsync(AgentProcess agent, VariableSource source)
    {
        await agent.AddConnectionAsync("plant", Broker.Port, new { producer = true, producerTopic = "plotune/#", producerQos = 1, topics = Array.Empty<object>() });
        await agent.WaitForStatusAsync("plant", "connected");
        using var answer = await agent.PostAsync("/bridge/speed", BodyFor(source));
        Assert.Equal((HttpStatusCode.OK, "success"), (answer.StatusCode, await StatusOfAsync(answer)));
        await source.WaitForViewerAsync("speed");
    }

    private protected static async Task<JsonNode> BridgeStateAsync(AgentProcess agent) => (await agent.GetAsync("/api/bridges"))["bridges"]!.AsArray().Single()!["state"]!;

    private protected static object BodyFor(VariableSource source) => new { name = "speed", source_ip = "127.0.0.1", source_port = source.Port };

    private protected static async Task<JsonNode> JsonOfAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

    private protected static async Task<string?> StatusOfAsync(HttpResponseMessage answer) => (string?)(await JsonOfAsync(answer))["status"];
}
