using System.Net.WebSockets;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

public sealed class BrokerWebSocketTests
{
    private const string OtherComputer = "http://dashboard.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/mqtt")]
    [InlineData("/mqtt/")]
    public async Task A_WebSocket_is_at_the_path_mqtt_or_the_root(string path)
    {
        await using var broker = await TestBroker.StartAsync(webSocket: true);

        using var socket = await OpenAsync(broker, path);

        Assert.Equal(0, await ConnackAsync(socket));
    }

    [Theory]
    [InlineData("/other")]
    [InlineData("/mqtt/negotiate")]
    public async Task And_nowhere_else(string path)
    {
        await using var broker = await TestBroker.StartAsync(webSocket: true);

        Assert.Contains("404", (await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker, path))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_another_computer_is_refused_and_counted_where_no_password_protects_the_broker()
    {
        await using var broker = await TestBroker.StartAsync(webSocket: true);

        Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker, "/mqtt", OtherComputer))).Message, StringComparison.Ordinal);

        Assert.Equal(1, broker.Refused(BrokerReason.Origin));
    }

    [Fact]
    public async Task A_page_of_another_computer_needs_the_password_where_there_is_one()
    {
        await using var broker = await TestBroker.StartAsync(webSocket: true, password: PasswordHash.Of("sesame"));

        using var socket = await OpenAsync(broker, "/mqtt", OtherComputer);

        Assert.Equal(4, await ConnackAsync(socket));
        Assert.Equal(1, broker.Refused(BrokerReason.Password));
    }

    [Fact]
    public async Task A_large_message_passes_and_one_too_large_ends_the_connection()
    {
        await using var broker = await TestBroker.StartAsync(webSocket: true);
        using var socket = await OpenAsync(broker, "/mqtt");
        Assert.Equal(0, await ConnackAsync(socket));
        using var subscriber = await broker.ConnectAsync("subscriber");
        await subscriber.SubscribeAsync(("t", 0));

        await socket.SendAsync(subscriber.Publish("t", new byte[1_000_000]), WebSocketMessageType.Binary, true, Cancel);
        Assert.Equal(1_000_000, (await subscriber.ReadPublishAsync()).Payload.Length);
        await socket.SendAsync(subscriber.Publish("t", new byte[2_000_000]), WebSocketMessageType.Binary, true, Cancel);

        await broker.RefusesAsync(BrokerReason.PacketSize, 1);
        await subscriber.PingAsync();
    }

    private static async Task<ClientWebSocket> OpenAsync(TestBroker broker, string path, string? origin = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.AddSubProtocol("mqtt");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{broker.Server.WebSocketPort}{path}"), Cancel);
        return socket;
    }

    /// <summary>The return code of CONNACK.</summary>
    private static async Task<int> ConnackAsync(ClientWebSocket socket)
    {
        await socket.SendAsync(RawClient.Connect("page"), WebSocketMessageType.Binary, true, Cancel);
        var answer = new byte[64];
        var received = await socket.ReceiveAsync(answer.AsMemory(), Cancel);
        Assert.Equal(((int)PacketType.ConnAck << 4, 4), (answer[0], received.Count));
        return answer[3];
    }
}
