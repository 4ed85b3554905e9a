using System.Net;
using System.Net.WebSockets;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class GuardTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1:{port}", null, 200)]
    [InlineData("localhost:{port}", null, 200)]
    [InlineData("LOCALHOST:{port}", null, 200)]
    [InlineData("[::1]:{port}", null, 200)]
    [InlineData("127.0.0.1:1", null, 403)]
    [InlineData("127.0.0.1", null, 403)]
    [InlineData("evil.example:{port}", null, 403)]
    [InlineData("127.0.0.1.evil.example:{port}", null, 403)]
    [InlineData("localhost:{port}", "http://localhost:{port}", 200)]
    [InlineData("127.0.0.1:{port}", "http://localhost:{port}", 200)]
    [InlineData("127.0.0.1:{port}", "https://evil.example", 403)]
    [InlineData("127.0.0.1:{port}", "http://evil.example:{port}", 403)]
    [InlineData("127.0.0.1:{port}", "http://localhost:1", 403)]
    [InlineData("127.0.0.1:{port}", "http://localhost:{port}.evil.example", 403)]
    [InlineData("127.0.0.1:{port}", "null", 403)]
    [InlineData("127.0.0.1:{port}", "http://bench-pc:8080", 200)]
    [InlineData("bench-pc:8080", null, 200)]
    public async Task Foreign_hosts_and_origins_are_refused(string host, string? origin, int status)
    {
        var manifest = TestAgent.Manifest(configuration: """{"allowed_origins":["http://bench-pc:8080"]}""");
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = manifest, Standalone = true }, cancellationToken: Cancel);

        Assert.Equal(status, (int)await GetAsync(agent, host, origin));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{core}", 200)]
    [InlineData("http://localhost:{core}", 200)]
    [InlineData("http://evil.example:{core}", 403)]
    public async Task Pages_of_Core_may_call(string origin, int status)
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = TestAgent.Manifest(core.Address) }, cancellationToken: Cancel);

        Assert.Equal(status, (int)await GetAsync(agent, "127.0.0.1:{port}", origin.Replace("{core}", $"{core.Port}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_link_on_a_foreign_page_cannot_stop_the_agent()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/stop");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");

        using var response = await agent.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(agent.Run.IsCompleted);
    }

    [Fact]
    public async Task A_WebSocket_of_a_foreign_page_is_refused()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", "https://evil.example");

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}/ws"), Cancel));

        Assert.Equal(0, agent.Signals.Viewers);
    }

    [Theory]
    [InlineData("/health", null, 401)]
    [InlineData("/health", "Bearer wrong", 401)]
    [InlineData("/health", "Bearer open sesame", 401)]
    [InlineData("/health", "Bearer sesame", 200)]
    [InlineData("/health", "bearer sesame", 200)]
    [InlineData("/health?token=sesame", null, 200)]
    [InlineData("/health?token=", null, 401)]
    [InlineData("/health?token=sesam", null, 401)]
    public async Task Token_is_asked_for(string route, string? authorization, int status)
    {
        var settings = TestAgent.StandaloneSettings with { Bind = IPAddress.Any, Token = "sesame" };
        await using var agent = await TestAgent.StartAsync(settings, cancellationToken: Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{agent.Address.Port}{route}"));
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await agent.Http.SendAsync(request, Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.DoesNotContain(agent.Log, line => line.Contains("sesame", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Core_reaches_an_agent_with_a_token_without_one_at_the_port_it_was_told()
    {
        await using var core = await StandInCore.StartAsync();
        await using var agent = await TestAgent.StartAsync(new AgentSettings { Manifest = TestAgent.Manifest(core.Address), Bind = IPAddress.Any, Token = "sesame" }, cancellationToken: Cancel);
        await Eventually.TrueAsync("the agent registers", () => core.Accepted("/register").Count == 1, Cancel);
        var port = core.Accepted("/register")[0].GetProperty("connection").GetProperty("port").GetInt32();

        using var response = await agent.Http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"), Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEqual(agent.Address.Port, port);
    }

    private static async Task<HttpStatusCode> GetAsync(TestAgent agent, string host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Host = host.Replace("{port}", $"{agent.Address.Port}", StringComparison.Ordinal);
        if (origin is not null) request.Headers.Add("Origin", origin.Replace("{port}", $"{agent.Address.Port}", StringComparison.Ordinal));
        using var response = await agent.Http.SendAsync(request, Cancel);
        return response.StatusCode;
    }
}
