using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class LiveTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plotune_a")]
    [InlineData("plotune/a")]
    [InlineData("plotune%2Fa")]
    public async Task Fetch_sends_the_history_then_what_is_new(string name)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Samples("plotune/a", [1, 2.5]);
        using var socket = await ConnectAsync(agent, $"/fetch/{name}");

        Assert.Equal("""{"timestamp":1766000000.123,"value":1}""", Normalised(await ReceiveAsync(socket)));
        Assert.Equal("""{"timestamp":1766000000.124,"value":2.5}""", Normalised(await ReceiveAsync(socket)));
        agent.AppendAgain("plotune/a", 3, 1_766_000_001_000_000);
        Assert.Equal("""{"timestamp":1766000001,"value":3}""", Normalised(await ReceiveAsync(socket)));
    }

    [Fact]
    public async Task Fetch_of_a_signal_that_does_not_exist_yet_starts_once_it_appears()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/fetch/later/on");
        await Eventually.TrueAsync("the viewer is subscribed", () => agent.Signals.Viewers == 1, Cancel);

        agent.Sample("later/on", 7);

        Assert.Equal("7", JsonDocument.Parse(await ReceiveAsync(socket)).RootElement.GetProperty("value").GetRawText());
    }

    [Fact]
    public async Task Fetch_ignores_what_the_viewer_says()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/fetch/a");
        await SendAsync(socket, "");
        await SendAsync(socket, new string('x', 200_000));
        await socket.SendAsync(new byte[10], WebSocketMessageType.Binary, true, Cancel);

        agent.Sample("a", 1);

        Assert.Contains("\"value\":1", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_sample_of_a_burst_arrives_in_order()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/fetch/burst");
        await Eventually.TrueAsync("the viewer is subscribed", () => agent.Signals.Viewers == 1, Cancel);

        agent.Samples("burst", [.. Enumerable.Range(0, 5000).Select(i => (double)i)]);

        for (var i = 0; i < 5000; i++)
        {
            var text = await ReceiveAsync(socket);
            Assert.EndsWith($"\"value\":{i.ToString(CultureInfo.InvariantCulture)}}}", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_leaving_viewer_is_noticed_and_answered()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/fetch/a");

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Cancel);

        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await Eventually.TrueAsync("the viewer's slot is free", () => agent.Services.GetRequiredService<ViewerSlots>().Taken == 0, Cancel);
        Assert.Equal(0, agent.Signals.Viewers);
    }

    [Fact]
    public async Task Viewers_are_told_that_the_agent_stops()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/ws");

        await agent.Http.GetAsync("/stop", Cancel);

        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[10], Cancel)).MessageType);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", Cancel);
        Assert.Equal(0, await agent.Run.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
    }

    [Fact]
    public async Task Live_stream_follows_patterns_and_names_its_samples()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("plant/a", 1);
        using var socket = await ConnectAsync(agent, "/ws");

        await SendAsync(socket, """{"subscribe":["plant_*"],"history":true}""");

        Assert.Equal("""{"name":"plant_a","timestamp":1766000000.123,"value":1}""", Normalised(await ReceiveAsync(socket)));
        agent.Sample("plant/b", 2);
        Assert.Equal("""{"name":"plant_b","timestamp":1766000000.123,"value":2}""", Normalised(await ReceiveAsync(socket)));
    }

    [Fact]
    public async Task Live_stream_ends_for_what_is_unsubscribed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/ws");
        await SendAsync(socket, """{"subscribe":["a","b"]}""");
        await SendAsync(socket, """{"unsubscribe":["a"]}""");
        await SendAsync(socket, "{}"); // its answer shows that the others were taken in
        Assert.Contains("error", await ReceiveAsync(socket), StringComparison.Ordinal);

        agent.Sample("a", 1);
        agent.Sample("b", 2);

        Assert.StartsWith("{\"name\":\"b\"", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_come_as_arrays()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Samples("a", [1, 2, 3]);
        using var socket = await ConnectAsync(agent, "/ws");

        await SendAsync(socket, """{"batch":true,"subscribe":["a"],"history":true}""");

        using var batch = JsonDocument.Parse(await ReceiveAsync(socket));
        Assert.Equal(["1", "2", "3"], batch.RootElement.EnumerateArray().Select(sample => sample.GetProperty("value").GetRawText()));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"subscribe":"a"}""")]
    [InlineData("""{"subscribe":[1]}""")]
    [InlineData("""{"subscribe":[""]}""")]
    [InlineData("""{"subscribe":["\ud800"]}""")]
    [InlineData("""{"history":1}""")]
    [InlineData("""{"batch":"yes"}""")]
    [InlineData("""{"publish":[]}""")]
    public async Task Malformed_message_is_answered_and_the_connection_stays(string message)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/ws");

        await SendAsync(socket, message);

        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(await ReceiveAsync(socket)).RootElement.GetProperty("error").ValueKind);
        await SendAsync(socket, """{"subscribe":["a"]}""");
        await Eventually.TrueAsync("the viewer is subscribed", () => agent.Signals.Viewers == 1, Cancel);
    }

    [Fact]
    public async Task Message_beyond_64_KiB_ends_the_connection()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/ws");

        await SendAsync(socket, new string(' ', 70_000));

        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100], Cancel)).MessageType);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
    }

    [Fact]
    public async Task A_slow_viewer_loses_its_oldest_samples_and_is_told_how_many()
    {
        const int frames = 200;
        const int perFrame = 5000;
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var socket = await ConnectAsync(agent, "/ws");
        await SendAsync(socket, """{"subscribe":["flood"]}""");
        await Eventually.TrueAsync("the viewer is subscribed", () => agent.Signals.Viewers == 1, Cancel);

        agent.Sample("flood", -1);
        for (var i = 0; i < frames; i++) agent.AppendAgain("flood", i, 1_766_000_001_000_000, perFrame);
        agent.AppendAgain("flood", -2, 1_766_000_001_000_000);

        long received = 0, missed = 0;
        while (true)
        {
            using var sample = JsonDocument.Parse(await ReceiveAsync(socket));
            if (sample.RootElement.TryGetProperty("missed", out var lost))
            {
                missed += lost.GetInt64();
                continue;
            }

            received++;
            if (sample.RootElement.GetProperty("value").GetDouble() == -2) break;
        }

        Assert.True(missed > 0);
        Assert.Equal((frames * perFrame) + 2, received + missed);
        Assert.Equal(missed, agent.Signals.ViewerSamplesDropped);
    }

    [Fact]
    public async Task Viewers_beyond_the_limit_are_refused_with_503()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var slots = agent.Services.GetRequiredService<ViewerSlots>();
        while (slots.TryTake())
        {
        }

        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}/fetch/a"), Cancel));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Frame_header_has_the_shortest_length_field(int length)
    {
        var frames = new TextFrameBuffer();

        frames.AppendFrame(new byte[length], default);

        byte[] expected = length switch
        {
            < 126 => [0x81, (byte)length],
            <= 65_535 => [0x81, 126, (byte)(length >> 8), (byte)length],
            _ => [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0],
        };
        Assert.Equal(expected, frames.Written.Span[..^length].ToArray());
        var begun = new TextFrameBuffer();
        begun.BeginFrame();
        begun.Append(new byte[length]);
        begun.EndFrame();
        Assert.Equal(frames.Written.ToArray(), begun.Written.ToArray());
    }

    internal static async Task<ClientWebSocket> ConnectAsync(TestAgent agent, string route)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}{route}"), Cancel);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var result = await Eventually.CompletesAsync("a message arrives", socket.ReceiveAsync(buffer, Cancel), Cancel);
            if (result.MessageType == WebSocketMessageType.Close) throw new UnmetExpectationException($"The connection was closed: {socket.CloseStatus} {socket.CloseStatusDescription}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, result.Count));
            if (result.EndOfMessage) return text.ToString();
        }
    }

    /// <summary>Decimals of a timestamp may be written with or without trailing zeros.</summary>
    private static string Normalised(string json)
    {
        using var document = JsonDocument.Parse(json);
        var members = document.RootElement.EnumerateObject().Select(member =>
            $"\"{member.Name}\":{(member.Name == "timestamp" ? (member.Value.GetDecimal() / 1.000000000000000000000000000m).ToString(CultureInfo.InvariantCulture) : member.Value.GetRawText())}");
        return $"{{{string.Join(',', members)}}}";
    }
}
