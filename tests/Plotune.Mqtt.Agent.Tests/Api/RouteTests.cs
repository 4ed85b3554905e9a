using System.Net;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Tests.Hosting;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class RouteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/health", 200, """{"status":"ok"}""")]
    [InlineData("GET", "/functions", 200, """{"functions":[]}""")]
    [InlineData("GET", "/fetch-meta", 200, """{"headers":[]}""")]
    [InlineData("GET", "/api/connections", 200, """{"connections":[]}""")]
    [InlineData("GET", "/api/bridges", 200, """{"bridges":[]}""")]
    [InlineData("GET", "/api/event-sources", 200, """{"eventSources":[]}""")]
    [InlineData("GET", "/api/messages", 200, """{"messages":[]}""")]
    [InlineData("GET", "/api/signals", 200, """{"signals":[],"next":null}""")]
    [InlineData("GET", "/nowhere", 404, """{"detail":"Not found"}""")]
    [InlineData("GET", "/none", 404, """{"detail":"Not found"}""")]
    [InlineData("DELETE", "/form", 405, """{"detail":"Method not allowed; this route takes GET, POST"}""")]
    [InlineData("GET", "/ws", 426, """{"detail":"This route is a WebSocket"}""")]
    [InlineData("POST", "/add-variable/x", 500, """{"detail":"This extension does not compute variables"}""")]
    [InlineData("POST", "/read-file", 500, """{"detail":"This extension does not read files"}""")]
    [InlineData("DELETE", "/api/bridges/x", 404, """{"detail":"There is no bridge named 'x'"}""")]
    [InlineData("GET", "/api/signals?limit=0", 422, """{"detail":[{"field":"limit","message":"must be a whole number from 1 to 1000"}]}""")]
    public async Task Route_answers(string method, string route, int status, string body)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), route), Cancel);

        Assert.Equal(body, await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"broker_i\ud800":"half a surrogate pair"}""")]
    [InlineData("""{"a":[{"b\ud800":1}]}""")]
    public async Task Body_that_is_no_well_formed_object_is_refused_with_422(string body)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PostAsync("/form", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal("body", (await JsonOf(response)).GetProperty("detail")[0].GetProperty("field").GetString());
    }

    [Theory]
    [InlineData((1 << 20) + 1)]
    [InlineData(20 << 20)]
    public async Task Body_beyond_the_limit_is_refused_in_an_answer_its_sender_gets_to_read(int size)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PostAsync("/form", new ByteArrayContent(new byte[size]), Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Unexpected_failure_is_logged_and_not_told()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Failure = new InvalidOperationException("the inside of the agent");

        using var response = await agent.Http.GetAsync("/api/connections", Cancel);

        Assert.Equal("""{"detail":"Internal error; see the log"}""", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Contains(agent.Log, line => line.Contains("the inside of the agent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_meta_names_the_signals()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("plotune/b", 1);
        agent.Sample("plotune/a", 2);

        Assert.Equal("""{"headers":["plotune_a","plotune_b"]}""", await agent.Http.GetStringAsync("/fetch-meta", Cancel));
    }

    [Theory]
    [InlineData("/api/signals/plotune_a/history")]
    [InlineData("/api/signals/plotune/a/history")]
    [InlineData("/api/signals/plotune%2Fa/history")]
    public async Task History_is_found_by_key_and_by_topic(string route)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Samples("plotune/a", [1, 2.5]);

        Assert.Equal(
            """{"name":"plotune_a","samples":[[1766000000.123,1],[1766000000.124,2.5]]}""",
            await agent.Http.GetStringAsync(route, Cancel));
    }

    [Fact]
    public async Task Signal_is_described()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("plotune/a", 2.5);

        var signal = (await JsonOf(await agent.Http.GetAsync("/api/signals?match=*_a&limit=1", Cancel))).GetProperty("signals")[0];

        Assert.Equal("plotune_a plotune/a  plant number 2.5 1766000000.123 1", string.Join(' ', Values(signal, "name", "topic", "path", "connection", "type", "value", "time", "samples")));
    }

    [Fact]
    public async Task Start_restarts_every_connection()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PostAsync("/start", null, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, agent.Connections.Restarts);
    }

    [Fact]
    public async Task Stop_answers_and_ends_the_agent_with_code_0()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        Assert.Equal("""{"status":"stopping"}""", await agent.Http.GetStringAsync("/stop", Cancel));

        Assert.Equal(0, await agent.Run.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.True(agent.Connections.Stopped);
    }

    [Fact]
    public async Task Status_tells_the_version_and_the_counts()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("plotune/a", 1);

        var status = await JsonOf(await agent.Http.GetAsync("/api/status", Cancel));

        Assert.Equal("1.0.0", status.GetProperty("version").GetString());
        Assert.Equal(1, status.GetProperty("counts").GetProperty("signals").GetInt32());
        Assert.True(status.GetProperty("core").GetProperty("standalone").GetBoolean());
    }

    internal static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        return document.RootElement.Clone();
    }

    internal static IEnumerable<string> Values(JsonElement element, params string[] names) => names.Select(name => element.GetProperty(name).ToString());
}
