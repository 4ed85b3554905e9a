using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

public sealed class AgentApplicationTests
{
    private static readonly string[] Addresses = ["mqtt://me:secret@h:1884/plant/#", "other", "mqtts://h", "wss://h/broker", "unix:///run/m.sock"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_in_use_is_said_in_words()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var exception = await Assert.ThrowsAsync<PortInUseException>(() => TestAgent.StartAsync(TestAgent.StandaloneSettings with { Port = port }, cancellationToken: Cancel));

        Assert.Contains($"127.0.0.1:{port}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_ends_with_code_0()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        Assert.Equal(ExitCode.Stopped, await agent.StopAsync().WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.True(agent.Connections.Stopped);
    }

    [Fact]
    public async Task Without_Core_the_agent_ends_with_code_4()
    {
        await using var core = await StandInCore.StartAsync();
        await core.SwitchOffAsync();
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = TestAgent.Manifest(core.Address) }, cancellationToken: Cancel);

        Assert.Equal(ExitCode.CoreLost, await agent.Run.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.Contains(agent.Log, line => line.Contains("did not take the registration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standalone_contacts_no_Core()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = TestAgent.Manifest(core.Address), Standalone = true }, cancellationToken: Cancel);
        agent.Sample("a", 1);

        await agent.Http.GetAsync("/api/status", Cancel);
        await agent.StopAsync();

        Assert.Empty(core.Calls);
    }

    [Fact]
    public async Task Registered_agent_announces_what_it_finds_at_the_port_it_listens_on()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = TestAgent.Manifest(core.Address) }, cancellationToken: Cancel);

        agent.Sample("plotune/a", 1);

        await Eventually.TrueAsync("the signal is announced", () => core.Variables.Count == 1, Cancel);
        Assert.Equal("plotune_a", core.Variables[0]);
        Assert.Equal(agent.Address.Port, core.Accepted("/register")[0].GetProperty("connection").GetProperty("port").GetInt32());
        Assert.Empty(core.Faults);
    }

    [Fact]
    public async Task Addresses_to_connect_to_become_connections()
    {
        var settings = TestAgent.StandaloneSettings with { Connect = [.. Addresses.Select(text => TypedAddress.Parse(text, out _)!)] };
        await using var agent = await TestAgent.StartAsync(settings, cancellationToken: Cancel);

        await Eventually.TrueAsync("all are there", () => agent.Connections.List().Count == Addresses.Length, Cancel);

        var config = agent.Connections.Get("h:1884")!.Config;
        Assert.Equal(("me", "secret", "plant/#"), (config.UserName, config.Password.Reveal(), config.Topics[0].Filter));
        Assert.Equal("plotune/#", agent.Connections.Get("other:1883")!.Config.Topics[0].Filter);
        Assert.Equal(BrokerTransport.Tls, agent.Connections.Get("h:8883")!.Config.Transport);
        var webSocket = agent.Connections.Get("h:443")!.Config;
        Assert.Equal((BrokerTransport.WebSocketTls, "/broker"), (webSocket.Transport, webSocket.Path));
        Assert.Equal(BrokerTransport.Unix, agent.Connections.Get("/run/m.sock")!.Config.Transport);
    }

    [Fact]
    public async Task Nothing_but_health_is_answered_before_the_connections_are_loaded()
    {
        var loading = new TaskCompletionSource();
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel, loading: loading.Task);
        var early = agent.Http.GetStringAsync("/api/connections", Cancel);

        Assert.Equal("""{"status":"ok"}""", await agent.Http.GetStringAsync("/health", Cancel));
        Assert.False(early.IsCompleted);
        loading.SetResult();

        Assert.Equal("""{"connections":[]}""", await early);
    }

    [Fact]
    public async Task Stopping_while_the_connections_are_loaded_ends_the_agent()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel, loading: new TaskCompletionSource().Task);

        Assert.Equal("""{"status":"stopping"}""", await agent.Http.GetStringAsync("/stop", Cancel));

        Assert.Equal(ExitCode.Stopped, await agent.Run.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
    }
}
