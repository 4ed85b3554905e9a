using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Tests.EventSources;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class EventSourceRouteTests
{
    private const string Route = "/api/event-sources/nemo";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_is_shown_as_the_contract_says_and_its_password_as_stars()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Queues.SetTotals("events:nemo", new OutboundTotals(7, 8, 9, 0, 0) { Oldest = DateTimeOffset.FromUnixTimeSeconds(1_766_000_000) });

        var put = await PutAsync(agent, """{"enabled":false,"connection":"plant","password":"sesame-open","events":{"tool_saved":false},"topics":[{"match":"a/b","topic":"c"}]}""");

        var shown = JsonNode.Parse(await agent.Http.GetStringAsync("/api/event-sources", Cancel))!["eventSources"]!.AsArray();
        Assert.Equal(put.ToJsonString(), Assert.Single(shown)!.ToJsonString());
        Assert.Equal(put.ToJsonString(), await agent.Http.GetStringAsync(Route, Cancel));
        var since = (double)put["state"]!["since"]!;
        put["state"]!.AsObject().Remove("since");
        Assert.Equal(
            """
            {"name":"nemo","enabled":false,"host":"127.0.0.1","port":6379,"db":1,"username":"","password":"***","tls":false,
            "tlsSettings":{"ca":"","certificate":"","key":"","keyPassword":"","serverName":"","minVersion":"1.2","verify":"full","checkRevocation":false,"alpn":[]},
            "lists":["nemo_mqtt_events","NEMO_mqtt_events"],"statusKeys":["nemo_mqtt_bridge_status","NEMO_mqtt_bridge_status"],"controlLists":["nemo_mqtt_bridge_control","NEMO_mqtt_bridge_control"],
            "connection":"plant","topicPrefix":"","qos":null,"retain":null,"events":{"tool_saved":false},"topics":[{"match":"a/b","topic":"c"}],
            "state":{"status":"disabled","reason":"","pending":0,"accepted":0,"queued":7,"oldest":1766000000,"published":8,"deadLettered":9,"filtered":0,"reconnects":0,"lastDeadLetter":null}}
            """.Replace("\n", "", StringComparison.Ordinal),
            put.ToJsonString());
        Assert.InRange(since, 1_700_000_000, 10_000_000_000);
        Assert.All(agent.Log, line => Assert.DoesNotContain("sesame-open", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_connections_are_shown_as_a_list_and_what_is_shown_can_be_sent_back()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var put = await PutAsync(agent, """{"enabled":false,"connection":["plant","remote"],"password":"sesame"}""");
        Assert.Equal("""["plant","remote"]""", put["connection"]!.ToJsonString());

        var again = await PutAsync(agent, put.ToJsonString());

        Assert.Equal(put.ToJsonString(), again.ToJsonString());
        Assert.Equal("sesame", (await agent.EventSources.LoadAsync(Cancel)).Sources[0].Password.Reveal());
    }

    [Fact]
    public async Task A_changed_setting_takes_effect_at_once_and_totals_go_on()
    {
        await using var redis = await SourceFixture.StartAsync();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Connections.PutAsync(new BrokerConnectionConfig { Name = "plant", Host = "h" }, Cancel);
        await PutAsync(agent, $$"""{"port":{{redis.Redis.Port}},"connection":"plant"}""");
        await redis.PushAsync(["one"]);
        await Eventually.TrueAsync("the event is accepted", () => agent.Queues.Payloads.Count == 1, Cancel);

        await PutAsync(agent, $$"""{"port":{{redis.Redis.Port}},"connection":"plant","topicPrefix":"lab","qos":0}""");
        await redis.PushAsync(["two"]);
        await Eventually.TrueAsync("the event is accepted", () => agent.Queues.Payloads.Count == 2, Cancel);

        Assert.Equal(["nemo/tools/1", "lab/nemo/tools/1"], agent.Queues.Accepted.Select(accepted => accepted.Message.Topic));
        await Eventually.TrueAsync("both are counted", () => agent.Sources().Get("nemo")!.State is { Accepted: 2, Activity: SourceActivity.Connected }, Cancel);
    }

    [Fact]
    public async Task Deleting_stops_the_source_and_gives_its_lists_up()
    {
        await using var redis = await SourceFixture.StartAsync();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PutAsync(agent, $$"""{"port":{{redis.Redis.Port}},"connection":"plant"}""");
        await Eventually.TrueAsync("it works", () => agent.Sources().Get("nemo")!.State.Activity == SourceActivity.Connected, Cancel);

        using var answer = await agent.Http.DeleteAsync(Route, Cancel);

        Assert.Equal("""{"status":"success","message":"nemo is removed"}""", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.False(await redis.Database.KeyExistsAsync(SourceFixture.Lease));
        await redis.PushAsync(["left"]);
        Assert.Equal(1, await redis.Database.ListLengthAsync(SourceFixture.List));
        using var again = await agent.Http.DeleteAsync(Route, Cancel);
        Assert.Equal("""{"detail":"There is no event source named 'nemo'"}""", await again.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Stopping_the_agent_finishes_the_sources_before_the_connections()
    {
        await using var redis = await SourceFixture.StartAsync();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PutAsync(agent, $$"""{"port":{{redis.Redis.Port}},"connection":"plant"}""");
        await redis.PushAsync(["one"]);
        await Eventually.TrueAsync("the event is accepted", () => agent.Queues.Payloads.Count == 1, Cancel);

        await agent.StopAsync();

        Assert.Equal("disconnected", await redis.Database.StringGetAsync("nemo_mqtt_bridge_status"));
        Assert.False(await redis.Database.KeyExistsAsync(SourceFixture.Lease));
        Assert.True(agent.Connections.Stopped);
    }

    [Fact]
    public async Task Every_fault_is_answered_at_once_and_nothing_is_changed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var answer = await agent.Http.PutAsync(Route, ConnectionRouteTests.Json("""{"port":0,"lists":[]}"""), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var fields = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["detail"]!.AsArray().Select(fault => (string)fault!["field"]!);
        Assert.Equal(["connection", "lists", "port"], fields.Order(StringComparer.Ordinal));
        Assert.Empty(agent.Sources().List());
    }

    [Fact]
    public async Task Settings_that_cannot_be_stored_are_refused_in_words()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.EventSources.Failure = new StorageException("The state file cannot be written: disk full.");

        using var answer = await agent.Http.PutAsync(Route, ConnectionRouteTests.Json("""{"enabled":false,"connection":"plant"}"""), Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("""{"detail":"Nothing is changed. The state file cannot be written: disk full."}""", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Empty(agent.Sources().List());
    }

    [Fact]
    public async Task One_source_too_many_is_refused_in_words()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        for (var i = 0; i < EventSourceService.MaximumSources; i++)
            using (await agent.Http.PutAsync($"/api/event-sources/{i}", ConnectionRouteTests.Json("""{"enabled":false,"connection":"plant"}"""), Cancel)) { }

        using var answer = await agent.Http.PutAsync(Route, ConnectionRouteTests.Json("""{"enabled":false,"connection":"plant"}"""), Cancel);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("16 event sources", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_says_what_happened_in_words()
    {
        await using var redis = await SourceFixture.StartAsync();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await redis.PushAsync(["one"]);

        var good = await TestAsync($$"""{"port":{{redis.Redis.Port}},"connection":"plant"}""");
        var bad = await TestAsync("""{"port":1,"connection":"plant"}""");

        Assert.Equal($$"""{"success":true,"reason":"Redis at 127.0.0.1:{{redis.Redis.Port}} answers; 1 events wait in its lists.","pending":1}""", good);
        Assert.Equal("""{"success":false,"reason":"Nothing accepts connections at 127.0.0.1:1. Is Redis running, and is the port right?","pending":0}""", bad);

        async Task<string> TestAsync(string body)
        {
            using var answer = await agent.Http.PostAsync("/api/event-sources/test", ConnectionRouteTests.Json(body), Cancel);
            return await answer.Content.ReadAsStringAsync(Cancel);
        }
    }

    [Fact]
    public async Task Plugin_json_makes_a_source_until_somebody_changes_or_deletes_it()
    {
        var settings = TestAgent.StandaloneSettings with { Manifest = TestAgent.Manifest(configuration: """{"event_sources":[{"name":"nemo","enabled":false,"connection":"plant"},{"name":"other","enabled":false,"connection":"plant"}]}""") };
        await using var agent = await TestAgent.StartAsync(settings, cancellationToken: Cancel);
        Assert.Equal(["nemo", "other"], agent.Sources().List().Select(source => source.Settings.Name));

        await PutAsync(agent, """{"enabled":false,"connection":"remote"}""");
        using (await agent.Http.DeleteAsync("/api/event-sources/other", Cancel)) { }
        await using var again = new EventSourceService(agent.EventSources, agent.Queues, agent.Connections, settings.Manifest, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await again.StartAsync(Cancel);

        Assert.Equal(["remote"], Assert.Single(again.List()).Settings.Connections);
    }

    private static async Task<JsonNode> PutAsync(TestAgent agent, string body)
    {
        using var answer = await agent.Http.PutAsync(Route, ConnectionRouteTests.Json(body), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
