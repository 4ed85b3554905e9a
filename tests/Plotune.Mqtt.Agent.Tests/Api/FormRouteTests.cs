using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class FormRouteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("broker_ip", "text", "Broker Host IP", "\"127.0.0.1\"")]
    [InlineData("broker_port", "text", "Broker Port", "\"1883\"")]
    [InlineData("keepalive", "text", "Keep Alive", "\"60\"")]
    [InlineData("clean_session", "checkbox", "Clean Session", "true")]
    [InlineData("qos", "combobox", "QoS", "\"1 : At least once\"")]
    [InlineData("ssl", "checkbox", "SSL", "false")]
    [InlineData("topic", "text", "Topic", "\"plotune/#\"")]
    [InlineData("producer", "checkbox", "Set as producer", "false")]
    public async Task Existing_field_is_as_it_was(string key, string type, string label, string value)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var field = (await FormAsync(agent)).GetProperty("fields").GetProperty(key);

        Assert.Equal((type, label, value), (field.GetProperty("type").GetString(), field.GetProperty("label").GetString(), field.GetProperty("default").GetRawText()));
    }

    [Fact]
    public async Task Every_field_of_the_layout_exists_and_Core_can_draw_it()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var form = await FormAsync(agent);

        var named = form.GetProperty("layout").EnumerateArray().SelectMany(section => section.GetProperty("fields").EnumerateArray()).Select(key => key.GetString()!).Order();
        var fields = form.GetProperty("fields").EnumerateObject().ToList();
        Assert.Equal(fields.Select(field => field.Name).Order(), named);
        Assert.All(fields, field => Assert.Contains(field.Value.GetProperty("type").GetString(), (string[])["text", "number", "combobox", "checkbox", "button"]));
        Assert.Equal(["0 : Fire Forget", "1 : At least once", "2 : Exactly once"], form.GetProperty("fields").GetProperty("qos").GetProperty("options").EnumerateArray().Select(option => option.GetString()!));
    }

    [Fact]
    public async Task Buttons_post_to_routes_that_exist()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var fields = (await FormAsync(agent)).GetProperty("fields");

        foreach (var key in (string[])["start", "test", "show"])
        {
            var action = fields.GetProperty(key).GetProperty("action");
            using var response = await agent.Http.PostAsync(new Uri(action.GetProperty("url").GetString()!), ConnectionRouteTests.Json("""{"broker_ip":"h","topic":"a"}"""), Cancel);
            Assert.Equal(("POST", HttpStatusCode.OK), (action.GetProperty("method").GetString(), response.StatusCode));
            Assert.All(action.GetProperty("payload_fields").EnumerateArray(), field => Assert.True(fields.TryGetProperty(field.GetString()!, out _)));
        }
    }

    [Fact]
    public async Task Forms_posted_at_once_lose_no_topic()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            using var response = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json($$"""{"broker_ip":"h","topic":"t/{{i}}"}"""), Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }));

        Assert.Equal(50, agent.Connections.Get("h:1883")!.Config.Topics.Count);
    }

    [Fact]
    public async Task Submitting_stores_the_connection()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json("""{"broker_ip":"h","broker_port":"1884","topic":"a/#","surprise":{}}"""), Cancel);

        Assert.Equal("""{"status":"success","message":"Form saved!"}""", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("h:1884", Assert.Single(agent.Connections.List()).Config.Name);
    }

    [Fact]
    public async Task A_refused_form_stores_nothing_and_names_every_fault()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json("""{"broker_ip":"h","broker_port":"x","ssl":"x","topic":"a/#"}"""), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(["broker_port", "ssl"], (await RouteTests.JsonOf(response)).GetProperty("detail").EnumerateArray().Select(fault => fault.GetProperty("field").GetString()!));
        Assert.Empty(agent.Connections.List());
    }

    [Fact]
    public async Task Stored_connection_is_offered_shown_and_removed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await agent.Http.PostAsync("/form", ConnectionRouteTests.Json("""{"broker_ip":"h:1884","topic":"a/#","keepalive":17,"password":"p"}"""), Cancel);

        await agent.Http.PostAsync("/form/show", ConnectionRouteTests.Json("""{"connection":"h:1884"}"""), Cancel);
        var fields = (await FormAsync(agent)).GetProperty("fields");
        await agent.Http.PostAsync("/form", ConnectionRouteTests.Json("""{"connection":"h:1884","remove":true}"""), Cancel);

        Assert.Contains("h:1884", fields.GetProperty("connection").GetProperty("options").EnumerateArray().Select(option => option.GetString()));
        Assert.Equal(("17", ""), (fields.GetProperty("keepalive").GetProperty("default").GetString(), fields.GetProperty("password").GetProperty("default").GetString()));
        Assert.Empty(agent.Connections.List());
        Assert.Equal("60", (await FormAsync(agent)).GetProperty("fields").GetProperty("keepalive").GetProperty("default").GetString());
    }

    [Fact]
    public async Task Test_button_answers_with_a_sentence()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Connections.Test = config => new ConnectionTestResult(false, "connect", $"Nobody listens at {config.Host}.", "", []);

        using var response = await agent.Http.PostAsync("/form/test", ConnectionRouteTests.Json("""{"broker_ip":"h","topic":"a"}"""), Cancel);

        Assert.Equal("""{"status":"failed","message":"Nobody listens at h."}""", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Empty(agent.Connections.List());
    }

    [Fact]
    public async Task An_unchecked_certificate_is_warned_of_where_the_connection_is_saved_tested_and_shown()
    {
        const string body = """{"broker_ip":"mqtts://h","topic":"a","tls_verify":"none (insecure)"}""";
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var saved = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json(body), Cancel);
        using var tested = await agent.Http.PostAsync("/form/test", ConnectionRouteTests.Json(body), Cancel);
        await agent.Http.PostAsync("/form/show", ConnectionRouteTests.Json("""{"connection":"h:8883"}"""), Cancel);
        var fields = (await FormAsync(agent)).GetProperty("fields");

        Assert.All([await RouteTests.JsonOf(saved), await RouteTests.JsonOf(tested)], answer => Assert.Contains("not checked", answer.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal));
        Assert.Contains("not checked", fields.GetProperty("connection").GetProperty("label").GetString(), StringComparison.Ordinal);
        Assert.Equal(("none (insecure)", "tls", true), (fields.GetProperty("tls_verify").GetProperty("default").GetString(), fields.GetProperty("transport").GetProperty("default").GetString(), fields.GetProperty("ssl").GetProperty("default").GetBoolean()));
    }

    [Fact]
    public async Task Built_in_broker_has_a_tab_that_shows_what_is_stored_and_never_the_password()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await SubmitAsync(agent, """{"builtin_enabled":true,"builtin_port":0,"builtin_username":"me","builtin_password":"sesame"}""");

        var form = await FormAsync(agent);

        var tab = form.GetProperty("layout").EnumerateArray().Single(section => section.GetProperty("label").GetString() == "Built-in broker");
        Assert.Equal("tab", tab.GetProperty("type").GetString());
        Assert.Equal(
            [("builtin_enabled", "checkbox", "true"), ("builtin_port", "number", "\"0\""), ("builtin_websocket_port", "number", "\"0\""), ("builtin_bind", "text", "\"127.0.0.1\""), ("builtin_username", "text", "\"me\""), ("builtin_password", "text", "\"\"")],
            tab.GetProperty("fields").EnumerateArray().Select(key => key.GetString()!).Select(key => (key, form.GetProperty("fields").GetProperty(key))).Select(field =>
                (field.key, field.Item2.GetProperty("type").GetString()!, field.Item2.GetProperty("default").GetRawText())));
    }

    [Fact]
    public async Task Switching_the_broker_on_makes_its_connection_and_off_keeps_it_disabled()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var on = await SubmitAsync(agent, """{"builtin_enabled":true,"builtin_port":0,"broker_ip":"127.0.0.1","broker_port":"1883","topic":"plotune/#"}""");
        var config = Assert.Single(agent.Connections.List()).Config;
        var off = await SubmitAsync(agent, """{"builtin_enabled":"false"}""");

        Assert.Equal((BuiltInBrokerService.ConnectionName, true), (config.Name, config.Enabled));
        Assert.StartsWith($"Form saved! The built-in broker listens on 127.0.0.1:{config.Port}. The connection built-in-broker shows its signals. No other connection", on, StringComparison.Ordinal);
        Assert.Contains("stays, disabled", off, StringComparison.Ordinal);
        Assert.False(Assert.Single(agent.Connections.List()).Config.Enabled);
    }

    [Fact]
    public async Task A_form_for_another_broker_does_not_disturb_the_running_one()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await SubmitAsync(agent, """{"builtin_enabled":true,"builtin_port":0,"builtin_password":"sesame"}""");
        var running = agent.Services.GetRequiredService<BuiltInBrokerService>().Server;

        Assert.Equal("Form saved!", await SubmitAsync(agent, """{"broker_ip":"h","topic":"a"}"""));
        Assert.Equal("Form saved!", await SubmitAsync(agent, """{"broker_ip":"h","topic":"b","builtin_enabled":"true","builtin_port":"0","builtin_websocket_port":"0","builtin_bind":"127.0.0.1","builtin_username":"","builtin_password":""}"""));
        Assert.Equal("Form saved!", await SubmitAsync(agent, """{"builtin_password":"sesame"}"""));

        Assert.NotNull(running);
        Assert.Same(running, agent.Services.GetRequiredService<BuiltInBrokerService>().Server);
    }

    [Fact]
    public async Task A_broker_that_cannot_listen_is_said_and_a_second_way_to_it_is_warned_of()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await SubmitAsync(agent, $$"""{"broker_ip":"127.0.0.1","broker_port":{{port}},"topic":"a"}""");

        var failed = await SubmitAsync(agent, $$"""{"builtin_enabled":true,"builtin_port":{{port}}}""");
        other.Stop();
        using var again = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json("""{"builtin_enabled":true,"builtin_websocket_port":0,"builtin_username":""}"""), Cancel);

        Assert.Contains($"But the built-in broker does not run. The built-in broker cannot listen at 127.0.0.1:{port}", failed, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var put = await agent.Http.PutAsync("/api/built-in-broker", ConnectionRouteTests.Json("{}"), Cancel);
        var state = (await RouteTests.JsonOf(put)).GetProperty("state");
        Assert.Equal("listening", state.GetProperty("status").GetString());
        Assert.Contains($"127.0.0.1:{port} leads to the built-in broker, too", state.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    /// <returns>The message of the answer.</returns>
    private static async Task<string> SubmitAsync(TestAgent agent, string body)
    {
        using var response = await agent.Http.PostAsync("/form", ConnectionRouteTests.Json(body), Cancel);
        var answer = await RouteTests.JsonOf(response);
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        return answer.GetProperty("message").GetString()!;
    }

    private static async Task<JsonElement> FormAsync(TestAgent agent) => await RouteTests.JsonOf(await agent.Http.GetAsync("/form", Cancel));
}
