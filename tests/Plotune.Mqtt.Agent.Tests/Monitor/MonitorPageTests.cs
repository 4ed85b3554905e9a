using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Monitor;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

public sealed class MonitorPageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/monitor/index.html")]
    public async Task The_page_is_served_with_a_policy_that_lets_it_load_nothing_but_its_own(string route)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.GetAsync(route, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("<!doctype html>", await response.Content.ReadAsStringAsync(Cancel), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.True(response.Headers.CacheControl!.NoCache);
    }

    [Fact]
    public async Task Every_file_of_the_page_is_served_as_what_it_is()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        Assert.Contains("index.html", PageFiles.Paths);

        foreach (var path in PageFiles.Paths)
        {
            using var response = await agent.Http.GetAsync($"/monitor/{path}", Cancel);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync(Cancel)).Length);
            Assert.NotEqual("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Theory]
    [InlineData("a.js", "text/javascript; charset=utf-8")]
    [InlineData("vendor/a.mjs", "text/javascript; charset=utf-8")]
    [InlineData("a.css", "text/css; charset=utf-8")]
    [InlineData("a.svg", "image/svg+xml")]
    [InlineData("a.html", "text/html; charset=utf-8")]
    [InlineData("a.txt", "text/plain; charset=utf-8")]
    [InlineData("vendor/LICENSE", "text/plain; charset=utf-8")]
    [InlineData("vendor/a.LICENSE", "text/plain; charset=utf-8")]
    [InlineData("a.exe", "application/octet-stream")]
    public void Types_follow_the_extension(string path, string type) => Assert.Equal(type, PageFile.Of(path, []).ContentType);

    [Fact]
    public async Task A_file_the_browser_has_is_not_sent_again()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var first = await agent.Http.GetAsync("/", Cancel);
        var tag = first.Headers.ETag!;

        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync($"\"other\", {tag}"));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync($"W/{tag}"));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("*"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("\"other\""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("no tag at all"));

        async Task<HttpStatusCode> StatusAsync(string known)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
            using var response = await agent.Http.SendAsync(request, Cancel);
            Assert.Equal(tag, response.Headers.ETag);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task HEAD_tells_what_GET_would()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var get = await agent.Http.GetAsync("/", Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");

        using var head = await agent.Http.SendAsync(request, Cancel);

        Assert.Equal((get.StatusCode, get.Content.Headers.ContentLength, get.Headers.ETag), (head.StatusCode, head.Content.Headers.ContentLength, head.Headers.ETag));
    }

    [Theory]
    [InlineData("/monitor/none.js")]
    [InlineData("/monitor/")]
    [InlineData("/monitor")]
    [InlineData("/monitor/Index.html")]
    [InlineData("/monitor/..%2fplugin.json")]
    [InlineData("/monitor/%2e%2e%2f%2e%2e%2fetc/passwd")]
    public async Task What_is_no_file_of_the_page_is_not_found_in_words(string route)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);

        using var response = await agent.Http.GetAsync(route, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.NotEqual("", body.RootElement.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("GET / ", 200)]
    [InlineData("HEAD / ", 200)]
    [InlineData("GET /?token=wrong ", 200)]
    [InlineData("GET /monitor/index.html ", 200)]
    [InlineData("GET /monitor/none.js ", 404)]
    [InlineData("POST / ", 401)]
    [InlineData("GET /monitor/../health ", 401)]
    [InlineData("GET /monitor/%2e%2e/api/status ", 401)]
    [InlineData("GET /monitors ", 401)]
    [InlineData("GET //health ", 401)]
    [InlineData("GET /api/monitor ", 401)]
    [InlineData("GET /api/status ", 401)]
    public async Task The_page_needs_no_token_and_everything_else_does(string request, int status)
    {
        await using var agent = await TestAgent.StartAsync(TestAgent.StandaloneSettings with { Bind = IPAddress.Any, Token = "sesame" }, cancellationToken: Cancel);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", agent.Address.Port, Cancel);
        using var reader = new StreamReader(client.GetStream());

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{request}HTTP/1.1\r\nHost: 127.0.0.1:{agent.Address.Port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), Cancel);

        Assert.StartsWith($"HTTP/1.1 {status} ", await Eventually.CompletesAsync("the agent answers", reader.ReadLineAsync(Cancel).AsTask(), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_feed_is_opened_with_the_token_alone()
    {
        await using var agent = await TestAgent.StartAsync(TestAgent.StandaloneSettings with { Bind = IPAddress.Any, Token = "sesame" }, cancellationToken: Cancel);
        using var refused = new ClientWebSocket();
        using var taken = new ClientWebSocket();

        await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}/api/monitor?token=wrong"), Cancel));
        await taken.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}/api/monitor?token=sesame"), Cancel);

        Assert.Equal(WebSocketState.Open, taken.State);
    }
}
