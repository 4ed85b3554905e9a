using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class BuiltInBrokerRouteTests
{
    private const string Route = "/api/built-in-broker";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_off_until_it_is_switched_on()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var answer = await GetAsync(agent);

        Assert.False((bool)answer["enabled"]!);
        Assert.Equal(1883, (int)answer["port"]!);
        Assert.Equal("off", (string?)answer["state"]!["status"]);
        Assert.Empty(agent.Connections.List());
    }

    [Fact]
    public async Task Switched_on_it_listens_and_has_a_connection_of_its_own_which_stays_disabled_when_it_is_off()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var on = await PutAsync(agent, """{"enabled":true,"port":0}""");
        Assert.Equal("listening", (string?)on["state"]!["status"]);
        Assert.Contains("memory only", (string?)on["state"]!["note"], StringComparison.Ordinal);
        var port = new Uri((string)on["state"]!["address"]!).Port;
        var config = agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config;
        Assert.Equal((true, "127.0.0.1", port, "#", true), (config.Enabled, config.Host, config.Port, config.Topics[0].Filter, config.Password.IsEmpty));
        using (var client = new TcpClient()) await client.ConnectAsync(IPAddress.Loopback, port, Cancel);

        var off = await PutAsync(agent, """{"enabled":false}""");
        Assert.Equal("off", (string?)off["state"]!["status"]);
        Assert.False(agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config.Enabled);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        });
    }

    [Fact]
    public async Task A_password_is_never_shown_and_the_agent_does_not_need_it()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var answer = await PutAsync(agent, """{"enabled":true,"port":0,"username":"me","password":"sesame"}""");
        var token = agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config;
        await PutAsync(agent, """{"password":"***"}""");

        Assert.Equal("***", (string?)answer["password"]);
        Assert.Equal((AgentToken.UserName, false), (token.UserName, token.Password.Reveal().Contains("sesame", StringComparison.Ordinal)));
        Assert.Equal(0, await ConnackAsync(answer, "me", "sesame"));
        Assert.Equal(0, await ConnackAsync(answer, AgentToken.UserName, token.Password.Reveal()));
        Assert.Equal(4, await ConnackAsync(answer, "me", token.Password.Reveal()));
        Assert.DoesNotContain(agent.Log, line => line.Contains("sesame", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connected_clients_are_listed_and_counted()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var answer = await PutAsync(agent, """{"enabled":true,"port":0}""");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri((string)answer["state"]!["address"]!).Port, Cancel);
        await client.GetStream().WriteAsync(Connect(null, null), Cancel);
        await client.GetStream().ReadExactlyAsync(new byte[4], Cancel);
        await client.GetStream().WriteAsync((byte[])[0x30, 5, 0, 1, (byte)'t', (byte)'h', (byte)'i'], Cancel);

        await Eventually.TrueAsync("the message is counted", () => GetAsync(agent).Result["state"]!["clients"]!.AsArray() is [{ } entry] && (long)entry["received"]! == 1, Cancel);

        var listed = (await GetAsync(agent))["state"]!["clients"]![0]!;
        Assert.Equal(("c", "3.1.1"), ((string?)listed["clientId"], (string?)listed["protocol"]));
        var metrics = await agent.Http.GetStringAsync("/metrics", Cancel);
        Assert.Contains("plotune_mqtt_broker_clients", metrics, StringComparison.Ordinal);
        Assert.Contains("plotune_mqtt_broker_messages_received_total", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_a_state_and_no_failure()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        var failed = await PutAsync(agent, $$"""{"enabled":true,"port":{{port}}}""");
        Assert.Equal("failed", (string?)failed["state"]!["status"]);
        Assert.Contains($"127.0.0.1:{port}", (string?)failed["state"]!["reason"], StringComparison.Ordinal);
        Assert.Null(agent.Connections.Get(BuiltInBrokerService.ConnectionName));
        other.Stop();

        Assert.Equal("listening", (string?)(await PutAsync(agent, """{"enabled":true}"""))["state"]!["status"]);
    }

    [Fact]
    public async Task A_broker_whose_settings_stay_goes_on()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        const string body = """{"enabled":true,"port":0,"username":"me","password":"sesame"}""";
        await PutAsync(agent, body);
        var running = agent.Services.GetRequiredService<BuiltInBrokerService>().Server;

        await PutAsync(agent, body);

        Assert.NotNull(running);
        Assert.Same(running, agent.Services.GetRequiredService<BuiltInBrokerService>().Server);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_the_user_removed_or_disabled_stays_so_until_the_broker_is_switched_off_and_on(bool isRemoved)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PutAsync(agent, """{"enabled":true,"port":0}""");
        var own = agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config;
        if (isRemoved) await agent.Connections.DeleteAsync(own.Name, Cancel);
        else await agent.Connections.PutAsync(own with { Enabled = false }, Cancel);

        var moved = await PutAsync(agent, """{"password":"sesame"}""");

        Assert.Equal(isRemoved ? null : false, agent.Connections.Get(own.Name)?.Config.Enabled);
        Assert.Contains(isRemoved ? "was removed" : "was disabled", (string?)Assert.Single(moved["state"]!["warnings"]!.AsArray()), StringComparison.Ordinal);
        await PutAsync(agent, """{"enabled":false}""");
        var on = await PutAsync(agent, """{"enabled":true}""");
        Assert.Equal(
            (true, new Uri((string)on["state"]!["address"]!).Port),
            (agent.Connections.Get(own.Name)!.Config.Enabled, agent.Connections.Get(own.Name)!.Config.Port));
        Assert.Empty(on["state"]!["warnings"]!.AsArray());
    }

    [Fact]
    public async Task A_connection_that_was_disabled_because_the_port_was_taken_is_enabled_once_the_broker_listens()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await PutAsync(agent, """{"enabled":true,"port":0}""");

        await PutAsync(agent, $$"""{"port":{{((IPEndPoint)other.LocalEndpoint).Port}}}""");
        Assert.False(agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config.Enabled);
        await PutAsync(agent, """{"port":0}""");

        Assert.True(agent.Connections.Get(BuiltInBrokerService.ConnectionName)!.Config.Enabled);
    }

    [Fact]
    public async Task Our_connection_may_only_be_started_where_our_broker_listens()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var settings = TestAgent.StandaloneSettings with { Manifest = TestAgent.Manifest(configuration: $$"""{"builtInBroker":{"enabled":true,"port":{{port}},"password":"sesame"} }""") };
        await using var agent = await TestAgent.StartAsync(settings, cancellationToken: Cancel);
        await Eventually.TrueAsync("the connections are started", () => agent.Connections.MayConnect is not null, Cancel);
        var ours = new BrokerConnectionConfig { Name = BuiltInBrokerService.ConnectionName, Host = "127.0.0.1", Port = port };

        Assert.False(agent.Connections.MayConnect!(ours));
        Assert.True(agent.Connections.MayConnect(ours with { Name = "another" }));
        other.Stop();
        await PutAsync(agent, "{}");
        Assert.True(agent.Connections.MayConnect(ours));
        Assert.False(agent.Connections.MayConnect(ours with { Port = port - 1 }));
    }

    [Fact]
    public async Task Every_fault_is_answered_at_once()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var answer = await agent.Http.PutAsync(Route, new StringContent("""{"port":70000,"bind":"0.0.0.0","username":7}""", Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var fields = (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["detail"]!.AsArray().Select(fault => (string)fault!["field"]!);
        Assert.Equal(["bind", "port", "username"], fields.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Plugin_json_can_switch_it_on()
    {
        var settings = TestAgent.StandaloneSettings with { Manifest = TestAgent.Manifest(configuration: """{"builtInBroker":{"enabled":true,"port":0}}""") };
        await using var agent = await TestAgent.StartAsync(settings, cancellationToken: Cancel);

        Assert.Equal("listening", (string?)(await GetAsync(agent))["state"]!["status"]);
        Assert.NotNull(agent.Connections.Get(BuiltInBrokerService.ConnectionName));
    }

    private static async Task<JsonNode> GetAsync(TestAgent agent) => JsonNode.Parse(await agent.Http.GetStringAsync(Route, Cancel))!;

    private static async Task<JsonNode> PutAsync(TestAgent agent, string body)
    {
        using var answer = await agent.Http.PutAsync(Route, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>The return code of CONNACK.</summary>
    private static async Task<int> ConnackAsync(JsonNode answer, string user, string password)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri((string)answer["state"]!["address"]!).Port, Cancel);
        await client.GetStream().WriteAsync(Connect(user, password), Cancel);
        var connack = new byte[4];
        await client.GetStream().ReadExactlyAsync(connack, Cancel);
        return connack[3];
    }

    /// <summary>CONNECT of MQTT 3.1.1 from the client "c".</summary>
    private static byte[] Connect(string? user, string? password)
    {
        byte[] credentials = user is null ? [] : [.. Text(user), .. Text(password!)];
        byte[] body = [.. Text("MQTT"), 4, (byte)(user is null ? 2 : 0xC2), 0, 60, .. Text("c"), .. credentials];
        return [0x10, (byte)body.Length, .. body];

        static byte[] Text(string text) => [0, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];
    }
}
