using System.Net.Sockets;
using System.Text;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

public sealed class ViewerTests : AgentTest
{
    [Fact]
    public async Task Twenty_viewers_of_one_signal_all_see_everything_in_order()
    {
        await using var agent = await StartConnectedAgentAsync();
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => agent.FetchAsync("plant_count")));

        var publishing = Broker.PublishAsync("plant/count", Enumerable.Range(0, 3000).Select(i => $"{i}"));
        var seen = await Task.WhenAll(streams.Select(stream => stream.NumbersUntilAsync(2999)));
        await publishing;

        Assert.All(seen, numbers => Assert.Equal(Enumerable.Range(0, 3000).Select(i => (double)i), numbers));
    }

    [Fact]
    public async Task A_viewer_that_does_not_read_slows_nobody_and_is_counted()
    {
        await using var agent = await StartConnectedAgentAsync();
        using var deaf = await ConnectWithoutReadingAsync(agent.Port, "plant_text");
        await using var other = await agent.FetchAsync("plant_count");
        var text = new string('x', 3000);

        // More than its socket buffers and its 8,192 samples can hold.
        await Broker.PublishAsync("plant/text", Enumerable.Range(0, 15_000).Select(i => $"{text}{i}"));
        await Broker.PublishAsync("plant/count", Enumerable.Range(0, 100).Select(i => $"{i}"));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (double)i), await other.NumbersUntilAsync(99));
        await Eventually.ThatAsync("the loss is counted", async () =>
            (await agent.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n').Any(line =>
                line.StartsWith("plotune_mqtt_samples_dropped_total{", StringComparison.Ordinal) && line.Split(' ')[1] != "0"));
    }

    [Fact]
    public async Task A_page_of_another_origin_cannot_read_signals()
    {
        await using var agent = await StartConnectedAgentAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/signals");
        request.Headers.Add("Origin", "http://evil.example");

        using var answer = await agent.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static async Task<TcpClient> ConnectWithoutReadingAsync(int port, string signal)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        var request = $"GET /fetch/{signal} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        var answer = new byte[1];
        await client.GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal((byte)'H', answer[0]);
        return client;
    }
}
