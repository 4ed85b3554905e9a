using System.Net;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class ConnectionRouteTests
{
    private const string Body =
        """
        {"host":"h","transport":"ws","username":"me","password":"hunter2","signingSecret":"s1gn","headers":{"Authorization":"h3ader"},"proxy":"http://u:pr0xy@p",
         "producer":true,"tls":{"certificate":"-----BEGIN CERTIFICATE-----","key":"-----BEGIN PRIVATE KEY-----k3y","keyPassword":"k3ypass"},"topics":[{"filter":"plotune/#","qos":1}]}
        """;

    private static readonly string[] Secrets = ["hunter2", "s1gn", "h3ader", "pr0xy", "k3y"];

    private static readonly string[] Members =
    [
        "name", "enabled", "host", "port", "transport", "path", "protocol", "clientId", "username", "password", "keepAlive", "cleanSession", "sessionExpiry", "topics",
        "shareGroup", "tls", "producer", "producerTopic", "retain", "signingSecret", "verifySecret", "state",
        "headers", "proxy", "will", "followRedirect", "workers", "producerSince", "producerQos", "takeOwnMessages",
    ];

    private static readonly string[] StateMembers =
    [
        "status", "since", "reason", "attempt", "retryIn", "workerPid", "protocol", "received", "bytes", "decodeFailures", "signals", "restarts", "reconnects", "warnings", "workers", "bridgeProducer", "outbound",
        "rate", "rates", "restartedAt", "reconnectedAt", "tls", "lastMessageAt",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_answers_the_stored_connection_without_its_secrets()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await RouteTests.JsonOf(response);
        Assert.All(Members, member => Assert.True(answer.TryGetProperty(member, out _), member));
        Assert.All(StateMembers, member => Assert.True(answer.GetProperty("state").TryGetProperty(member, out _), member));
        Assert.Equal(("***", "***", ""), (answer.GetProperty("password").GetString(), answer.GetProperty("signingSecret").GetString(), answer.GetProperty("verifySecret").GetString()));
        Assert.Equal("""{"Authorization":"***"}""", answer.GetProperty("headers").GetRawText());
        Assert.Equal("""{"host":"p","port":8080,"username":"u","password":"***"}""", answer.GetProperty("proxy").GetRawText());
        Assert.Equal(("***", "***"), (answer.GetProperty("tls").GetProperty("key").GetString(), answer.GetProperty("tls").GetProperty("keyPassword").GetString()));
    }

    [Theory]
    [InlineData("\"host\":\"h\"", "none")]
    [InlineData("\"host\":\"unix:///run/m.sock\"", "none")]
    [InlineData("\"host\":\"h\",\"tls\":{\"verify\":\"none\"}", "none")]
    [InlineData("\"host\":\"mqtts://h\"", "verified")]
    [InlineData("\"host\":\"wss://h\",\"tls\":{\"verify\":\"none\"}", "unverified")]
    public async Task State_tells_whether_TLS_checks_whom_it_speaks_to(string members, string expected)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var put = await agent.Http.PutAsync("/api/connections/plant", Json($$"""{{{members}}}"""), Cancel);

        Assert.Equal(expected, (await RouteTests.JsonOf(put)).GetProperty("state").GetProperty("tls").GetString());
    }

    [Fact]
    public async Task Rates_are_numbers_and_null_where_nothing_is_known()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);
        agent.Connections.SetState("plant", agent.Connections.Get("plant")!.State with { Rate = 2.5, Rates = [null, 0, 2.5], ReconnectedAt = DateTimeOffset.UnixEpoch.AddSeconds(1.5) });

        var state = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/connections/plant", Cancel))).GetProperty("state");

        Assert.Equal(("2.5", "[null,0,2.5]", "null", "1.5"), (state.GetProperty("rate").GetRawText(), state.GetProperty("rates").GetRawText(), state.GetProperty("restartedAt").GetRawText(), state.GetProperty("reconnectedAt").GetRawText()));
    }

    [Fact]
    public async Task What_get_answers_can_be_put_again_and_changes_nothing()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);
        var before = agent.Connections.Get("plant")!.Config;

        using var again = await agent.Http.PutAsync("/api/connections/plant", Json(await agent.Http.GetStringAsync("/api/connections/plant", Cancel)), Cancel);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(before, agent.Connections.Get("plant")!.Config);
    }

    [Theory]
    [InlineData("\"transport\":\"tls\",\"tls\":{\"verify\":\"none\"}", "not checked")]
    [InlineData("\"username\":\"me\",\"password\":\"x\"", "unencrypted")]
    [InlineData("\"transport\":\"ws\",\"headers\":{\"X\":\"y\"}", "unencrypted")]
    [InlineData("\"tls\":{\"serverName\":\"b\"}", "the transport tcp has no TLS")]
    [InlineData("\"transport\":\"tls\",\"headers\":{\"X\":\"y\"}", "the transport tls is no WebSocket")]
    [InlineData("\"cleanSession\":false,\"sessionExpiry\":0", "sessionExpiry is 0")]
    [InlineData("\"shareGroup\":\"g\",\"workers\":4", "A shared subscription of 1 filter uses 1 of 4 workers")]
    public async Task A_warning_shows_wherever_the_connection_does(string members, string warning)
    {
        var body = $$"""{"host":"10.0.0.7",{{members}}}""";
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var put = await agent.Http.PutAsync("/api/connections/plant", Json(body), Cancel);
        using var tested = await agent.Http.PostAsync("/api/connections/test", Json(body), Cancel);

        var state = (await RouteTests.JsonOf(put)).GetProperty("state");
        var listed = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/connections", Cancel))).GetProperty("connections")[0].GetProperty("state");
        Assert.All([state, listed, await RouteTests.JsonOf(tested)], shown => Assert.Contains(warning, shown.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal));
        var notice = (await RouteTests.JsonOf(await agent.Http.GetAsync("/api/status", Cancel))).GetProperty("notices")[0];
        Assert.Equal(("warning", "plant"), (notice.GetProperty("kind").GetString(), notice.GetProperty("connection").GetString()));
        Assert.Contains(warning, notice.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"host\":\"127.0.0.1\",\"password\":\"x\"")]
    [InlineData("\"host\":\"localhost\",\"password\":\"x\"")]
    [InlineData("\"host\":\"::1\",\"password\":\"x\"")]
    [InlineData("\"host\":\"mqtts://h\",\"password\":\"x\"")]
    [InlineData("\"host\":\"unix:///run/m.sock\",\"password\":\"x\"")]
    [InlineData("\"host\":\"h\",\"tls\":{\"verify\":\"none\"}")]
    [InlineData("\"host\":\"mqtts://h\",\"tls\":{\"serverName\":\"b\"}")]
    [InlineData("\"host\":\"wss://h\",\"headers\":{\"X\":\"y\"}")]
    [InlineData("\"host\":\"h\",\"cleanSession\":false,\"sessionExpiry\":0,\"protocol\":\"3.1.1\"")]
    [InlineData("\"host\":\"h\",\"cleanSession\":true,\"sessionExpiry\":0")]
    [InlineData("\"host\":\"h\",\"shareGroup\":\"g\",\"workers\":2,\"topics\":[{\"filter\":\"a\"},{\"filter\":\"b\"}]")]
    public async Task What_is_in_order_is_not_warned_of(string members)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var put = await agent.Http.PutAsync("/api/connections/plant", Json($$"""{{{members}}}"""), Cancel);

        Assert.Equal(0, (await RouteTests.JsonOf(put)).GetProperty("state").GetProperty("warnings").GetArrayLength());
    }

    [Fact]
    public async Task Secrets_are_in_no_answer_and_in_no_log()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);
        await agent.Http.PostAsync("/form", Json("""{"broker_ip":"mqtt://u:hunter2@h2","topic":"a","password":"hunter2"}"""), Cancel);
        await agent.Http.PostAsync("/form", Json("""{"broker_ip":"h3","topic":"a#","password":"hunter2"}"""), Cancel);
        await agent.Http.PostAsync("/form/show", Json("""{"connection":"plant"}"""), Cancel);

        foreach (var route in (string[])["/api/connections", "/api/connections/plant", "/api/status", "/form", "/metrics", "/api/messages"])
        {
            var answer = await agent.Http.GetStringAsync(route, Cancel);
            Assert.All(Secrets, secret => Assert.DoesNotContain(secret, answer, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(agent.Log, line => Secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
        Assert.All(Secrets, secret => Assert.DoesNotContain(secret, agent.Connections.Get("plant")!.ToString(), StringComparison.Ordinal));
        Assert.Equal("hunter2", agent.Connections.Get("plant")!.Config.Password.Reveal());
    }

    [Fact]
    public async Task Refused_body_changes_nothing()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);
        var before = agent.Connections.Get("plant");

        using var response = await agent.Http.PutAsync("/api/connections/plant", Json("""{"host":"other","port":0,"transport":"pigeon","topics":[{"filter":"a"}]}"""), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(["port", "transport"], (await RouteTests.JsonOf(response)).GetProperty("detail").EnumerateArray().Select(fault => fault.GetProperty("field").GetString()!));
        Assert.Equal(before, agent.Connections.Get("plant"));
    }

    [Theory]
    [InlineData("127.0.0.1:1883", "127.0.0.1:1883")]
    [InlineData("%5B%3A%3A1%5D%3A1883", "[::1]:1883")]
    [InlineData("Anlage%20S%C3%BCd%2F2", "Anlage Süd/2")]
    public async Task Name_is_taken_out_of_the_path(string path, string name)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var put = await agent.Http.PutAsync($"/api/connections/{path}", Json(Body), Cancel);
        using var deleted = await agent.Http.DeleteAsync($"/api/connections/{path}", Cancel);
        using var again = await agent.Http.DeleteAsync($"/api/connections/{path}", Cancel);

        Assert.Equal(name, (await RouteTests.JsonOf(put)).GetProperty("name").GetString());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, again.StatusCode));
    }

    [Fact]
    public async Task Test_says_what_happened_and_stores_nothing()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Test = _ => new ConnectionTestResult(false, "connect", "Nobody listens at h:1883.", "", [new TopicTestResult("plotune/#", null, "not reached")]);

        using var response = await agent.Http.PostAsync("/api/connections/test", Json(Body), Cancel);

        Assert.Equal(
            """{"success":false,"stage":"connect","reason":"Nobody listens at h:1883.","protocol":"","topics":[{"filter":"plotune/#","granted":null,"reason":"not reached"}],"warnings":["User name and password go to h unencrypted. Use TLS if the broker offers it.","The request headers go to h unencrypted. Use wss if the broker offers it.","The TLS settings are not used, and the connection is not encrypted: the transport ws has no TLS. Choose tls or wss if the broker offers it."]}""",
            await response.Content.ReadAsStringAsync(Cancel));
        Assert.Empty(agent.Connections.List());
    }

    [Fact]
    public async Task Test_without_a_name_uses_no_stored_password()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/test", Json(Body), Cancel);

        await agent.Http.PostAsync("/api/connections/test", Json("""{"host":"h","topics":[{"filter":"a"}]}"""), Cancel);

        Assert.True(agent.Connections.Tested?.Password.IsEmpty);
    }

    [Fact]
    public async Task Test_with_stars_uses_the_stored_password()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);

        await agent.Http.PostAsync("/api/connections/test", Json("""{"name":"plant","host":"h","password":"***","topics":[{"filter":"a"}]}"""), Cancel);

        Assert.Equal("hunter2", agent.Connections.Tested?.Password.Reveal());
    }

    [Fact]
    public async Task Too_many_connections_are_told_in_words()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Failure = new ConnectionLimitException(64);

        using var response = await agent.Http.PutAsync("/api/connections/plant", Json(Body), Cancel);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("64", (await RouteTests.JsonOf(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_are_shown_with_their_direction()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Messages.Add(Message("7", "mqtt", "a/b") with { Text = null, Hex = "ff00", PayloadBytes = 2, Failure = "not_text" });

        Assert.Equal(
            """{"messages":[{"id":"7","time":1.5,"direction":"in","source":"mqtt","connection":"plant","topic":"a/b","qos":1,"retained":true,"payload":"ff00","encoding":"hex","payloadBytes":2,"cut":false,"failure":"not_text"}]}""",
            await agent.Http.GetStringAsync("/api/messages?limit=1", Cancel));
    }

    [Theory]
    [InlineData("", "5 4 3 2 1")]
    [InlineData("?source=bridge", "4")]
    [InlineData("?source=Redis", "3")]
    [InlineData("?source=api", "2")]
    [InlineData("?source=queue", "")]
    [InlineData("?filter=a/%2B", "5 3")]
    [InlineData("?filter=%23", "5 4 3 2")]
    [InlineData("?filter=a/%23&source=mqtt", "5")]
    [InlineData("?filter=%24SYS/%23", "1")]
    [InlineData("?match=*B", "5 3")]
    [InlineData("?match=*B&filter=a/b/%23&source=redis", "3")]
    public async Task Messages_are_filtered_by_source_and_topic_filter(string query, string ids)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Messages.AddRange(
            [Message("5", "mqtt", "a/b"), Message("4", "bridge", "plotune/a"), Message("3", "redis", "a/b"), Message("2", "api", "x"), Message("1", "mqtt", "$SYS/a")]);

        using var answer = JsonDocument.Parse(await agent.Http.GetStringAsync($"/api/messages{query}", Cancel));

        Assert.Equal(ids, string.Join(' ', answer.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("id").GetString())));
    }

    [Theory]
    [InlineData("source=nemo", "source")]
    [InlineData("filter=a/%23/b", "filter")]
    [InlineData("filter=a%2B", "filter")]
    public async Task A_source_or_topic_filter_that_is_none_is_refused(string query, string field)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.GetAsync($"/api/messages?{query}", Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(field, (await RouteTests.JsonOf(response)).GetProperty("detail")[0].GetProperty("field").GetString());
    }

    private static LoggedMessage Message(string id, string source, string topic) => new(id, "plant", "in", source, 1.5, topic, 1, true, "1", null, 1, false, null);

    internal static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
