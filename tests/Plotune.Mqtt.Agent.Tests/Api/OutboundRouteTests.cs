using System.Net;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.Agent.Tests.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Api;

/// <summary><c>/api/connections/{name}/publish</c> and <c>/api/dead-letters</c>.</summary>
public sealed class OutboundRouteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_posted_is_stored_and_handed_to_the_worker_as_it_was_said()
    {
        await using var agent = await StartAsync();
        await using var lane = FakeLane.Attach(agent.Outbound, "a/b");

        using var text = await PostAsync(agent, "/api/connections/a%2Fb/publish", """{"topic":"lamp/1","payload":"ön","qos":2,"retain":true,"json":true,"expirySeconds":60}""");
        using var bytes = await PostAsync(agent, "/api/connections/a/b/publish", """{"topic":"lamp/2","payloadHex":"00fF"}""");
        using var empty = await PostAsync(agent, "/api/connections/a/b/publish", """{"topic":"lamp/3"}""");

        Assert.Equal(HttpStatusCode.Accepted, text.StatusCode);
        Assert.Equal("success", (await RouteTests.JsonOf(text)).GetProperty("status").GetString());
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (bytes.StatusCode, empty.StatusCode));
        await lane.UntilGivenAsync(3);
        var first = lane.Given[0];
        Assert.Equal(("lamp/1", "ön", QualityOfService.ExactlyOnce, true, true), (first.Topic, OutboundHome.TextOf(first), first.QualityOfService, first.Retain, first.IsJson));
        Assert.InRange(first.ExpirySeconds, 1u, 60u);
        Assert.Equal(("lamp/2", QualityOfService.AtLeastOnce, false, 0u), (lane.Given[1].Topic, lane.Given[1].QualityOfService, lane.Given[1].Retain, lane.Given[1].ExpirySeconds));
        Assert.Equal([0, 255], lane.Given[1].Payload.ToArray());
        Assert.Equal(0, lane.Given[2].Payload.Length);
        Assert.Equal(3, agent.Outbound.TotalsOf("api").Depth);
    }

    [Fact]
    public async Task Every_fault_of_a_message_is_named_and_nothing_is_stored()
    {
        await using var agent = await StartAsync();

        using var response = await PostAsync(agent, "/api/connections/plant/publish", """{"topic":"a/#","payload":"x","payloadHex":"0","qos":3,"retain":"yes","expirySeconds":0}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var faults = (await RouteTests.JsonOf(response)).GetProperty("detail").EnumerateArray().Select(fault => fault.GetProperty("field").GetString()).Distinct();
        Assert.Equal(["topic", "payloadHex", "qos", "expirySeconds", "retain"], faults);
        Assert.Equal(0, agent.Outbound.StateOf("plant").Depth);
    }

    [Theory]
    [InlineData("/api/connections/plant/publish", """{}""", 422)]
    [InlineData("/api/connections/plant/publish", """{"topic":"t\u0007"}""", 422)]
    [InlineData("/api/connections/nowhere/publish", """{"topic":"t"}""", 404)]
    [InlineData("/api/connections/plant", """{"topic":"t"}""", 404)]
    [InlineData("/api/dead-letters/17/resend", "", 404)]
    [InlineData("/api/dead-letters/resend", "", 422)]
    [InlineData("/api/dead-letters/resend?connection=nowhere", "", 404)]
    public async Task A_post_that_leads_nowhere_says_so(string route, string body, int status)
    {
        await using var agent = await StartAsync();

        using var response = await PostAsync(agent, route, body);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.True((await RouteTests.JsonOf(response)).TryGetProperty("detail", out _));
    }

    [Fact]
    public async Task A_full_queue_is_said_in_words()
    {
        await using var agent = await StartAsync();
        for (var i = 0; i < 10; i++)
            using (await PostAsync(agent, "/api/connections/plant/publish", """{"topic":"t"}""")) { }

        using var response = await PostAsync(agent, "/api/connections/plant/publish", """{"topic":"t"}""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("As many messages wait", (await RouteTests.JsonOf(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_letters_are_listed_page_by_page_with_all_that_is_known_of_them()
    {
        await using var agent = await StartAsync();
        await RefuseAsync(agent, "plant", "text ü", "\xff\xfe");
        await RefuseAsync(agent, "a/b", new string('x', 4095) + "ü and more");

        var first = await GetAsync(agent, "/api/dead-letters?limit=2");
        var next = first.GetProperty("next").GetString();
        var second = await GetAsync(agent, $"/api/dead-letters?limit=2&after={next}");
        var one = await GetAsync(agent, "/api/dead-letters?connection=a/b");

        var letter = first.GetProperty("deadLetters")[0];
        Assert.Equal(
            ("plant", "test", "t", "text ü", "text", 7, false, "NotAuthorized", "No.", true),
            (letter.GetProperty("connection").GetString(), letter.GetProperty("source").GetString(), letter.GetProperty("topic").GetString(), letter.GetProperty("payload").GetString(),
                letter.GetProperty("encoding").GetString(), letter.GetProperty("payloadBytes").GetInt32(), letter.GetProperty("cut").GetBoolean(), letter.GetProperty("reason").GetString(),
                letter.GetProperty("sentence").GetString(), letter.GetProperty("resendable").GetBoolean()));
        Assert.Equal(("fffe", "hex"), (first.GetProperty("deadLetters")[1].GetProperty("payload").GetString(), first.GetProperty("deadLetters")[1].GetProperty("encoding").GetString()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        var cut = second.GetProperty("deadLetters")[0];
        Assert.Equal((new string('x', 4095), true, 4106), (cut.GetProperty("payload").GetString(), cut.GetProperty("cut").GetBoolean(), cut.GetProperty("payloadBytes").GetInt32()));
        Assert.Equal(1, one.GetProperty("deadLetters").GetArrayLength());
    }

    [Fact]
    public async Task A_dead_letter_is_sent_again_or_thrown_away()
    {
        await using var agent = await StartAsync();
        await RefuseAsync(agent, "plant", "0", "1", "2", "3");
        var ids = (await GetAsync(agent, "/api/dead-letters")).GetProperty("deadLetters").EnumerateArray().Select(letter => letter.GetProperty("id").GetInt64()).ToList();
        await using var lane = FakeLane.Attach(agent.Outbound);

        using var resent = await PostAsync(agent, $"/api/dead-letters/{ids[1]}/resend", "");
        using var deleted = await agent.Http.DeleteAsync($"/api/dead-letters/{ids[0]}", Cancel);
        using var gone = await agent.Http.DeleteAsync($"/api/dead-letters/{ids[0]}", Cancel);
        using var all = await PostAsync(agent, "/api/dead-letters/resend?connection=plant", "");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.Accepted), (resent.StatusCode, deleted.StatusCode, gone.StatusCode, all.StatusCode));
        Assert.Equal(2, (await RouteTests.JsonOf(all)).GetProperty("count").GetInt32());
        await lane.UntilGivenAsync(3);
        Assert.Equal(["1", "2", "3"], lane.Given.Select(OutboundHome.TextOf));
        Assert.Equal(0, (await GetAsync(agent, "/api/dead-letters")).GetProperty("deadLetters").GetArrayLength());
    }

    [Fact]
    public async Task All_dead_letters_of_a_connection_and_only_those_are_thrown_away()
    {
        await using var agent = await StartAsync();
        await RefuseAsync(agent, "plant", "0", "1");
        await RefuseAsync(agent, "a/b", "2");

        using var unnamed = await agent.Http.DeleteAsync("/api/dead-letters", Cancel);
        using var unknown = await agent.Http.DeleteAsync("/api/dead-letters?connection=nowhere", Cancel);
        using var deleted = await agent.Http.DeleteAsync("/api/dead-letters?connection=plant", Cancel);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.NotFound, HttpStatusCode.OK), (unnamed.StatusCode, unknown.StatusCode, deleted.StatusCode));
        Assert.Equal(2, (await RouteTests.JsonOf(deleted)).GetProperty("count").GetInt32());
        Assert.Equal("a/b", (await GetAsync(agent, "/api/dead-letters")).GetProperty("deadLetters")[0].GetProperty("connection").GetString());
    }

    [Fact]
    public async Task The_state_of_a_queue_shows_at_its_connection_and_limits_at_the_status()
    {
        await using var agent = await StartAsync();
        await agent.Http.PutAsync("/api/connections/plant", ConnectionRouteTests.Json("""{"host":"h","topics":[{"filter":"a"}]}"""), Cancel);
        agent.Connections.SetState("plant", new ConnectionStateView
        {
            Activity = ConnectionActivity.Connected,
            Since = DateTimeOffset.UnixEpoch,
            Outbound = new OutboundState
            {
                Depth = 1,
                Bytes = 2,
                Oldest = DateTimeOffset.UnixEpoch.AddSeconds(3),
                Published = 4,
                Retried = 5,
                DeadLettered = 6,
                DeadLetters = 7,
                DeadLettersDropped = 8,
                Dropped = 9,
                Expired = 10,
                Refused = 11,
                IsFull = true,
            },
        });

        var state = (await GetAsync(agent, "/api/connections/plant")).GetProperty("state").GetProperty("outbound").GetRawText();
        var limits = (await GetAsync(agent, "/api/status")).GetProperty("limitsReached").GetRawText();

        Assert.Equal(
            """{"depth":1,"bytes":2,"oldest":3,"published":4,"retried":5,"deadLettered":6,"deadLetters":7,"deadLettersDropped":8,"dropped":9,"expired":10,"refused":11,"full":true}""", state);
        Assert.Equal("""[{"limit":"outbound","connection":"plant","refused":20},{"limit":"deadLetters","connection":"plant","refused":8}]""", limits);
    }

    private static async Task<TestAgent> StartAsync()
    {
        var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        foreach (var connection in new[] { "plant", "a/b" })
            agent.Outbound.Open(connection, static (_, _, _) => { });
        return agent;
    }

    private static Task<HttpResponseMessage> PostAsync(TestAgent agent, string route, string body) =>
        agent.Http.PostAsync(route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private static async Task<JsonElement> GetAsync(TestAgent agent, string route)
    {
        using var response = await agent.Http.GetAsync(route, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await RouteTests.JsonOf(response);
    }

    /// <summary>Dead letters with these payloads, one byte a character beyond Latin-1's half.</summary>
    private static async Task RefuseAsync(TestAgent agent, string connection, params string[] payloads)
    {
        var depth = agent.Outbound.StateOf(connection).DeadLetters + payloads.Length;
        await using var lane = FakeLane.Attach(agent.Outbound, connection);
        var messages = payloads.Select(payload => new OutboundMessage("t", payload == "\xff\xfe" ? [0xff, 0xfe] : Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce));
        Assert.Equal(OutboundVerdict.Accepted, await agent.Outbound.AcceptAsync([connection], OutboundHome.Source("test"), [.. messages], Cancel));
        await lane.UntilGivenAsync(payloads.Length);
        lane.Refuse("NotAuthorized", "No.", lane.Given);
        await TestSupport.Eventually.TrueAsync("they are dead letters", () => agent.Outbound.StateOf(connection).DeadLetters == depth, Cancel);
    }
}
