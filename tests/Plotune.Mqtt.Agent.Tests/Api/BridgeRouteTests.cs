using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class BridgeRouteTests
{
    private const string Success = """{"status":"success"}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_variable_is_bridged_shown_and_unbridged()
    {
        await using var source = await StandInSource.StartAsync();
        await using var agent = await StartAsync();

        Assert.Equal((200, Success), await PostAsync(agent, "/bridge/motor", Body("motor", source.Port)));
        Assert.Equal((200, Success), await PostAsync(agent, "/bridge/motor", Body("motor", source.Port)));
        await Eventually.TrueAsync("the source is connected to", () => source.Connected == 1, Cancel);
        await source.SendAsync("""{"timestamp":1766000000.5,"value":1}""", "[");
        await source.SendAsync(new byte[] { 0xff }, System.Net.WebSockets.WebSocketMessageType.Binary);
        await Eventually.TrueAsync("samples are in the queue", () => agent.Queues.Accepted.Count == 2, Cancel);
        agent.Queues.SetTotals("bridge:motor", new OutboundTotals(Depth: 3, Published: 4, DeadLettered: 5, Dropped: 6, Expired: 7) { Oldest = DateTimeOffset.FromUnixTimeSeconds(1_766_000_000) });
        await Eventually.TrueAsync("three are received, and two counted as accepted", () => Bridges(agent).Single().State is { Received: 3, Accepted: 2 }, Cancel);

        var bridge = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/bridges", Cancel))).GetProperty("bridges")[0];
        var state = bridge.GetProperty("state");
        Assert.Equal($"motor 127.0.0.1 {source.Port} plant plotune/motor 0 0", string.Join(' ', RouteTests.Values(bridge, "name", "sourceIp", "sourcePort", "connection", "topic", "rateLimit", "deadBand")));
        Assert.Equal("connected  1 3 2 3 1766000000 4 6 1 5 6 7 0 0", string.Join(' ', RouteTests.Values(
            state, "status", "reason", "attempt", "received", "accepted", "queueDepth", "oldest", "published", "failed", "unreadable", "deadLettered", "dropped", "expired", "skipped", "repeated")));
        Assert.Equal(1, source.Connected);

        Assert.Equal((200, Success), await PostAsync(agent, "/unbridge/motor", Body("motor", source.Port)));
        Assert.Equal((200, Success), await PostAsync(agent, "/unbridge/motor", Body("motor", source.Port)));
        Assert.Equal("""{"bridges":[]}""", await agent.Http.GetStringAsync("/api/bridges", Cancel));
        await Eventually.TrueAsync("the source is let go", () => source.Connected == 0, Cancel);
    }

    [Theory]
    [InlineData("/bridge/Motor%20Speed", "Motor Speed")]
    [InlineData("/bridge/50%25", "50%")]
    [InlineData("/bridge/%C3%96l", "Öl")]
    [InlineData("/bridge/a%252Fb", "a%2Fb")]
    public async Task A_name_in_the_route_is_decoded_once(string route, string name)
    {
        await using var agent = await StartAsync();

        Assert.Equal((200, Success), await PostAsync(agent, route, """{"source_ip":"127.0.0.1","source_port":1}"""));

        Assert.Equal(name, (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/bridges", Cancel))).GetProperty("bridges")[0].GetProperty("name").GetString());
        Assert.Equal((200, Success), await PostAsync(agent, "/un" + route[1..], ""));
        Assert.Equal("""{"bridges":[]}""", await agent.Http.GetStringAsync("/api/bridges", Cancel));
    }

    [Fact]
    public async Task The_name_in_the_body_counts()
    {
        await using var agent = await StartAsync();

        await PostAsync(agent, "/bridge/damaged", Body("50%", 1));

        Assert.Equal("50%", (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/bridges", Cancel))).GetProperty("bridges")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("/bridge/a/b", "a/b")]
    [InlineData("/bridge/a%2Fb", "a/b")]
    [InlineData("/bridge/a%2Bb", "a+b")]
    [InlineData("/bridge/%23", "#")]
    public async Task A_name_that_cannot_be_a_level_of_a_topic_is_refused_in_words(string route, string name)
    {
        await using var agent = await StartAsync();

        var (status, answer) = await PostAsync(agent, route, """{"source_ip":"127.0.0.1","source_port":1}""");

        Assert.Equal((422, $$"""{"detail":[{"field":"name","message":"'{{name}}' cannot be a level of an MQTT topic: it must not contain / + or #."}]}"""), (status, answer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"name":"motor","source_ip":"127.0.0.1"}""")]
    [InlineData("""{"name":"motor","source_ip":"a b","source_port":1}""")]
    public async Task A_body_that_does_not_fit_is_refused_with_422(string body)
    {
        await using var agent = await StartAsync();

        Assert.Equal(422, (await PostAsync(agent, "/bridge/motor", body)).Status);
    }

    [Fact]
    public async Task A_refusal_is_told_in_words_with_a_toast_and_in_the_notices()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await TestAgent.StartAsync(new Agent.Hosting.AgentSettings { Manifest = TestAgent.Manifest(core.Address) }, cancellationToken: Cancel);

        var (status, answer) = await PostAsync(agent, "/bridge/motor", Body("motor", 1));

        Assert.Equal((409, """{"detail":"There is no producer connection to publish through. Set a connection as producer: in the form with 'Set as producer'."}"""), (status, answer));
        await Eventually.TrueAsync("the user is told", () => core.Accepted("/api/toast").Count == 1, Cancel);
        Assert.StartsWith("bridge motor: There is no producer", core.Accepted("/api/toast")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        var notice = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/status", Cancel))).GetProperty("notices")[0];
        Assert.Equal("bridgeRefused motor", string.Join(' ', RouteTests.Values(notice, "kind", "subject")));
    }

    [Fact]
    public async Task The_same_name_from_another_source_is_a_conflict()
    {
        await using var agent = await StartAsync();
        await PostAsync(agent, "/bridge/motor", Body("motor", 1));

        var (status, answer) = await PostAsync(agent, "/bridge/motor", Body("motor", 2));

        Assert.Equal(409, status);
        Assert.Contains("'motor' is bridged from 127.0.0.1:1 already", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_counts_bridges_and_shows_their_trouble()
    {
        await using var source = await StandInSource.StartAsync();
        await using var agent = await StartAsync();
        await PostAsync(agent, "/bridge/up", Body("up", source.Port));
        await PostAsync(agent, "/bridge/down", Body("down", 1));
        await Eventually.TrueAsync("one is connected and one is not", () => Bridges(agent) is [{ State.Reason.Length: > 0 }, { State.Activity: BridgeActivity.Connected }], Cancel);

        var status = await RouteTests.JsonOf(await agent.Http.GetAsync("/api/status", Cancel));

        Assert.Equal("2 1", string.Join(' ', RouteTests.Values(status.GetProperty("counts"), "bridges", "bridgesConnected")));
        Assert.Equal("bridgeTrouble down plant", string.Join(' ', RouteTests.Values(status.GetProperty("notices")[0], "kind", "subject", "connection")));
    }

    [Fact]
    public async Task The_producer_is_shown_with_its_connection()
    {
        await using var agent = await StartAsync();
        await PutAsync(agent, "/api/connections/other", """{"host":"h","producer":true,"producerTopic":"hall/#","topics":[]}""");

        var all = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/connections", Cancel))).GetProperty("connections").EnumerateArray();

        Assert.Equal(["other True hall", "plant False plotune"], all.Select(connection =>
            $"{connection.GetProperty("name")} {connection.GetProperty("state").GetProperty("bridgeProducer").GetBoolean()} {connection.GetProperty("producerTopic")}"));
    }

    [Fact]
    public async Task Putting_what_get_answered_leaves_the_producer_alone_and_saying_producer_again_sets_it()
    {
        await using var agent = await StartAsync();
        await PutAsync(agent, "/api/connections/other", """{"host":"h","producer":true}""");
        Assert.True(await IsProducerAsync(agent, "other"));

        await PutAsync(agent, "/api/connections/plant", await agent.Http.GetStringAsync("/api/connections/plant", Cancel));
        Assert.True(await IsProducerAsync(agent, "other"));

        await PutAsync(agent, "/api/connections/plant", """{"host":"h","producer":true}""");
        Assert.True(await IsProducerAsync(agent, "plant"));
    }

    [Fact]
    public async Task The_form_sets_topic_and_qos_of_what_is_published()
    {
        await using var source = await StandInSource.StartAsync();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PostAsync(agent, "/form", """{"broker_ip":"10.0.0.7","broker_port":"1883","qos":"2 : Exactly once","topic":"plotune/#","producer":"true"}""");

        await PostAsync(agent, "/bridge/motor", Body("motor", source.Port));
        await Eventually.TrueAsync("the source is connected to", () => source.Connected == 1, Cancel);
        await source.SendAsync("1");
        await Eventually.TrueAsync("the sample is in the queue", () => agent.Queues.Accepted.Count == 1, Cancel);

        var (connection, _, message) = agent.Queues.Accepted.Single();
        Assert.Equal(("10.0.0.7:1883", "plotune/motor", 2), (connection, message.Topic, (int)message.QualityOfService));
    }

    [Fact]
    public async Task Options_are_set_with_the_bridge_and_changed_later()
    {
        await using var agent = await StartAsync();
        await PostAsync(agent, "/bridge/motor", """{"source_ip":"127.0.0.1","source_port":1,"rate_limit":10,"dead_band":0.5}""");

        using var changed = await agent.Http.PutAsync("/api/bridges/motor", ConnectionRouteTests.Json("""{"deadBand":2}"""), Cancel);
        using var unknown = await agent.Http.PutAsync("/api/bridges/other", ConnectionRouteTests.Json("{}"), Cancel);
        using var refused = await agent.Http.PutAsync("/api/bridges/motor", ConnectionRouteTests.Json("""{"rateLimit":-1}"""), Cancel);

        Assert.Equal("10 2", string.Join(' ', RouteTests.Values(await RouteTests.JsonOf(changed), "rateLimit", "deadBand")));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.UnprocessableEntity), (unknown.StatusCode, refused.StatusCode));
    }

    [Fact]
    public async Task A_bridge_is_deleted_whatever_its_source_is_called()
    {
        await using var agent = await StartAsync();
        await PostAsync(agent, "/bridge/a%20b", Body("a b", 1));

        using var deleted = await agent.Http.DeleteAsync("/api/bridges/a%20b", Cancel);
        using var again = await agent.Http.DeleteAsync("/api/bridges/a%20b", Cancel);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, again.StatusCode));
    }

    [Fact]
    public async Task Metrics_name_each_bridge()
    {
        await using var agent = await StartAsync();
        await PostAsync(agent, "/bridge/motor", Body("motor", 1));

        var metrics = await agent.Http.GetStringAsync("/metrics", Cancel);

        foreach (var name in (string[])["plotune_mqtt_bridge_connected", "plotune_mqtt_bridge_received_total", "plotune_mqtt_bridge_unreadable_total", "plotune_mqtt_bridge_skipped_total", "plotune_mqtt_bridge_dropped_total"])
            Assert.Matches($"(?m)^{name}\\{{[^}}]*bridge=\"motor\"[^}}]*\\}} 0", metrics);
    }

    /// <summary>With a producer connection <c>plant</c>.</summary>
    private static async Task<TestAgent> StartAsync()
    {
        var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PutAsync(agent, "/api/connections/plant", """{"host":"h","producer":true}""");
        return agent;
    }

    private static IReadOnlyList<BridgeSnapshot> Bridges(TestAgent agent) => agent.Services.GetRequiredService<BridgeService>().List();

    private static string Body(string name, int port) => $$"""{"name":"{{name}}","source_ip":"127.0.0.1","source_port":{{port}}}""";

    private static async Task<(int Status, string Answer)> PostAsync(TestAgent agent, string route, string body)
    {
        using var response = await agent.Http.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task PutAsync(TestAgent agent, string route, string body)
    {
        using var response = await agent.Http.PutAsync(route, ConnectionRouteTests.Json(body), Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<bool> IsProducerAsync(TestAgent agent, string name) =>
        (await RouteTests.JsonOf(await agent.Http.GetAsync($"/api/connections/{name}", Cancel))).GetProperty("state").GetProperty("bridgeProducer").GetBoolean();
}
