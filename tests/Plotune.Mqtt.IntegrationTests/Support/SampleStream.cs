using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A viewer of one signal, by a WebSocket client that is not ours.</summary>
internal sealed class SampleStream : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<SampleStream> OpenAsync(Uri address)
    {
        var stream = new SampleStream();
        await stream._socket.ConnectAsync(address, TestContext.Current.CancellationToken);
        return stream;
    }

    public async Task<JsonNode> NextAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), deadline.Token);
            Assert.Equal(WebSocketMessageType.Text, received.MessageType);
            length += received.Count;
            if (received.EndOfMessage)
            {
                return JsonNode.Parse(_buffer.AsSpan(0, length))!;
            }
        }
    }

    public async Task<double> NextNumberAsync() => (double)(await NextAsync())["value"]!;

    /// <summary>Reads numbers until <paramref name="last"/> has come.</summary>
    public async Task<List<double>> NumbersUntilAsync(double last)
    {
        var numbers = new List<double>();
        while (numbers.Count == 0 || numbers[^1] != last)
        {
            numbers.Add(await NextNumberAsync());
        }

        return numbers;
    }

    public async Task SendTextAsync(string text) =>
        await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
