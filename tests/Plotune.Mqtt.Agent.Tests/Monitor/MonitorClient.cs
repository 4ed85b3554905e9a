using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

/// <summary>A page, as far as its WebSocket goes.</summary>
internal sealed class MonitorClient : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ClientWebSocket Socket { get; } = new();

    public static async Task<MonitorClient> OpenAsync(TestAgent agent, string? show = null)
    {
        var client = new MonitorClient();
        await client.Socket.ConnectAsync(new Uri($"ws://127.0.0.1:{agent.Address.Port}/api/monitor"), Cancel);
        if (show is not null) await client.ShowAsync(show);
        return client;
    }

    /// <param name="show">Members of the object.</param>
    public Task ShowAsync(string show) => SendAsync("{\"show\":{" + show + "}}");

    public Task SendAsync(string text) => Socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);

    public async Task<JsonObject> ReceiveAsync()
    {
        var frame = new MemoryStream();
        while (true)
        {
            var result = await Eventually.CompletesAsync("a frame arrives", Socket.ReceiveAsync(_buffer, Cancel), Cancel);
            if (result.MessageType == WebSocketMessageType.Close) throw new UnmetExpectationException($"The connection was closed: {Socket.CloseStatus} {Socket.CloseStatusDescription}");
            Assert.Equal(WebSocketMessageType.Text, result.MessageType);
            frame.Write(_buffer, 0, result.Count);
            if (!result.EndOfMessage) continue;
            var content = JsonNode.Parse(frame.ToArray())!.AsObject();
            Assert.Single(content);
            return content;
        }
    }

    /// <summary>The next frame of a kind; those of other kinds are passed over.</summary>
    public async Task<JsonNode> NextAsync(string kind)
    {
        while (true)
        {
            var frame = await ReceiveAsync();
            if (frame["error"] is { } error && kind != "error") throw new UnmetExpectationException($"The agent refused: {error}");
            if (frame[kind] is { } content) return content;
        }
    }

    public void Dispose() => Socket.Dispose();
}
