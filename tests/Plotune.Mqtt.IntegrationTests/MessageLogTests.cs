using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>What <c>/api/messages</c> says of messages from and to a real broker.</summary>
public sealed class MessageLogTests : AgentTest
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_message_tells_what_brought_it_and_keeps_its_identifier()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var source = await StandInSource.StartAsync();
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { topics = new[] { new { filter = "plant/#", qos = 1 } }, producer = true, producerTopic = "out" });
        await agent.WaitForStatusAsync("plant", "connected");

        await Broker.PublishAsync("plant/line", "1");
        await UntilLoggedAsync(agent, "plant/line");
        using (var published = await agent.PostAsync("/api/connections/plant/publish", new { topic = "hand", payload = "2" }))
        {
            published.EnsureSuccessStatusCode();
        }

        await UntilLoggedAsync(agent, "hand");
        using (var bridged = await agent.PostAsync("/bridge/speed", new { name = "speed", source_ip = "127.0.0.1", source_port = source.Port }))
        {
            bridged.EnsureSuccessStatusCode();
        }

        await Eventually.ThatAsync("the bridge is connected", () => source.Connected == 1);
        await source.SendAsync("""{"value":3,"timestamp":1766000000}""");
        await UntilLoggedAsync(agent, "out/speed");
        using (var stored = await agent.Http.PutAsJsonAsync("/api/event-sources/nemo", new { port = redis.Port, connection = "plant" }, Cancel))
        {
            stored.EnsureSuccessStatusCode();
        }

        await using (var redisClient = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port}"))
        {
            await redisClient.GetDatabase(1).ListLeftPushAsync("nemo_mqtt_events", """{"topic":"nemo/tools/1","payload":"4","qos":1,"retain":false,"timestamp":1772187300.5}""");
        }

        await UntilLoggedAsync(agent, "nemo/tools/1");

        var messages = await MessagesAsync(agent);
        Assert.Equal(["nemo/tools/1 redis out", "out/speed bridge out", "hand api out", "plant/line mqtt in"], messages.Select(message => $"{message["topic"]} {message["source"]} {message["direction"]}"));
        var ids = messages.Select(message => (string)message["id"]!).ToArray();
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
        Assert.Equal(ids, (await MessagesAsync(agent)).Select(message => (string)message["id"]!));
        Assert.Equal([ids[1]], (await MessagesAsync(agent, "?source=bridge")).Select(message => (string)message["id"]!));
        Assert.Equal([ids[0]], (await MessagesAsync(agent, "?filter=nemo/%2B/1")).Select(message => (string)message["id"]!));
    }

    private static async Task<JsonNode[]> MessagesAsync(AgentProcess agent, string query = "") => [.. (await agent.GetAsync("/api/messages" + query))["messages"]!.AsArray().Select(message => message!)];

    private static Task UntilLoggedAsync(AgentProcess agent, string topic) =>
        Eventually.ThatAsync($"a message on {topic} is logged", async () => (await MessagesAsync(agent)).Any(message => (string?)message["topic"] == topic));
}
