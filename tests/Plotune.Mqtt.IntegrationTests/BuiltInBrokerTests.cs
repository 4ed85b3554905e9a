using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The <c>broker</c> command with mosquitto's clients.</summary>
public sealed partial class BuiltInBrokerTests
{
    /// <summary>CONNECT of MQTT 3.1.1.</summary>
    private static readonly byte[] Connect = [0x10, 13, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 60, 0, 1, (byte)'w'];

    [Theory]
    [InlineData("5")]
    [InlineData("311")]
    [InlineData("31")]
    public async Task Mosquittos_clients_publish_and_subscribe(string version)
    {
        await using var broker = await StartAsync();
        await PublishAsync(broker, "-V", version, "-q", "2", "-r", "-t", "hall/kept", "-m", "before");
        await using var subscriber = Subscribe(broker, "-V", version, "-q", "2", "-t", "hall/#", "-C", "3", "-F", "%t=%p");

        await subscriber.WaitForOutputAsync("hall/kept=before");
        await PublishAsync(broker, "-V", version, "-q", "0", "-t", "hall/a", "-m", "1");
        await PublishAsync(broker, "-V", version, "-q", "1", "-t", "hall/b", "-m", "2");

        Assert.Equal(0, await subscriber.WaitForExitAsync());
        await subscriber.WaitForOutputAsync("hall/b=2");
        Assert.Contains("hall/a=1", subscriber.Output, StringComparison.Ordinal);
        await EndsAsync(broker, Signals.Terminate);
    }

    [Fact]
    public async Task Only_the_right_user_and_password_get_in()
    {
        await using var broker = await StartAsync(["--username", "me"], password: "sesame");

        Assert.Equal(0, await TryPublishAsync(broker, "-u", "me", "-P", "sesame", "-t", "a", "-m", "1"));
        Assert.NotEqual(0, await TryPublishAsync(broker, "-u", "me", "-P", "wrong", "-t", "a", "-m", "1"));
        Assert.NotEqual(0, await TryPublishAsync(broker, "-u", "you", "-P", "sesame", "-t", "a", "-m", "1"));
        Assert.NotEqual(0, await TryPublishAsync(broker, "-t", "a", "-m", "1"));
        Assert.DoesNotContain("sesame", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_too_many_is_refused_until_one_leaves()
    {
        await using var broker = await StartAsync(["--max-clients", "1"]);
        using (var first = new TcpClient())
        {
            await first.ConnectAsync(IPAddress.Loopback, PortOf(broker), TestContext.Current.CancellationToken);
            await first.GetStream().WriteAsync(Connect, TestContext.Current.CancellationToken);
            await first.GetStream().ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken);

            Assert.NotEqual(0, await TryPublishAsync(broker, "-t", "a", "-m", "1"));
            Assert.Contains("'clients'", broker.Output, StringComparison.Ordinal);
        }

        await Eventually.ThatAsync("the next one gets in", async () => await TryPublishAsync(broker, "-t", "a", "-m", "1") == 0);
    }

    [Theory]
    [InlineData(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x30, 0x03, 0x00, 0x01, 0x61 })]
    public async Task A_connection_that_begins_with_nonsense_is_closed(byte[] bytes)
    {
        await using var broker = await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(broker), TestContext.Current.CancellationToken);

        await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);

        Assert.True(await IsClosedAsync(client));
        Assert.Equal(0, await TryPublishAsync(broker, "-t", "a", "-m", "1"));
    }

    [Theory]
    [InlineData("mqtt", null)]
    [InlineData("mqttv3.1", null)]
    [InlineData(null, null)]
    [InlineData("mqtt", "http://localhost:3000")]
    public async Task A_WebSocket_client_gets_a_CONNACK(string? protocol, string? origin)
    {
        await using var broker = await StartAsync(["--websocket-port", "0"]);
        using var socket = await OpenAsync(broker, protocol, origin);
        Assert.Equal(protocol, socket.SubProtocol);

        await socket.SendAsync(Connect, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        var answer = new byte[64];
        var received = await socket.ReceiveAsync(answer.AsMemory(), TestContext.Current.CancellationToken);

        Assert.Equal((byte[])[0x20, 2, 0, 0], answer[..received.Count]);
    }

    [Fact]
    public async Task A_page_of_another_computer_gets_no_WebSocket()
    {
        await using var broker = await StartAsync(["--websocket-port", "0"]);

        var exception = await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker, "mqtt", "http://evil.example"));

        Assert.Contains("403", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_in_words()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var broker = CommandProcess.StartOwn(["broker", "--port", $"{port}"]);

        Assert.Equal(2, await broker.WaitForExitAsync());
        Assert.Contains($"cannot listen at 127.0.0.1:{port}", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_of_the_command_line_is_listed()
    {
        await using var broker = CommandProcess.StartOwn(["broker", "--port", "-1", "--bind", "0.0.0.0"]);

        Assert.Equal(2, await broker.WaitForExitAsync());
        Assert.Contains("--port: ", broker.Output, StringComparison.Ordinal);
        Assert.Contains("--bind: ", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_runs_although_its_standard_output_is_on_a_full_disk()
    {
        var own = Installation.Shared;
        await using var broker = CommandProcess.Start("sh", ["-c", "exec \"$0\" \"$@\" > /dev/full", own.Command, .. own.LeadingArguments, "broker", "--port", "0"]);

        await broker.WaitForOutputAsync("Standard output cannot be written");
        await EndsAsync(broker, Signals.Terminate);
        Assert.DoesNotContain("   at ", broker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Hangup)]
    public async Task It_ends_cleanly_with_clients_connected(int signal)
    {
        await using var broker = await StartAsync();
        await using var subscriber = await SubscribedAsync(broker);

        await EndsAsync(broker, signal);
    }

    private static async Task<CommandProcess> StartAsync(string[]? more = null, string password = "")
    {
        var broker = CommandProcess.StartOwn(["broker", "--port", "0", .. more ?? []], ("PLOTUNE_MQTT_BROKER_PASSWORD", password));
        await broker.WaitForOutputAsync("mosquitto_pub");
        return broker;
    }

    private static async Task EndsAsync(CommandProcess broker, int signal)
    {
        broker.Signal(signal);
        Assert.Equal(0, await broker.WaitForExitAsync());
    }

    private static int PortOf(CommandProcess broker) => int.Parse(TcpPort().Match(broker.Output).Groups[1].ValueSpan);

    private static CommandProcess Subscribe(CommandProcess broker, params string[] arguments) =>
        CommandProcess.Start("mosquitto_sub", ["-h", "127.0.0.1", "-p", $"{PortOf(broker)}", .. arguments]);

    /// <summary>A subscriber that is known to be subscribed, because it has printed a retained message.</summary>
    private static async Task<CommandProcess> SubscribedAsync(CommandProcess broker)
    {
        await PublishAsync(broker, "-r", "-q", "1", "-t", "ready", "-m", "subscribed");
        var subscriber = Subscribe(broker, "-t", "#");
        await subscriber.WaitForOutputAsync("subscribed");
        return subscriber;
    }

    private static async Task<int> TryPublishAsync(CommandProcess broker, params string[] arguments)
    {
        await using var publisher = CommandProcess.Start("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{PortOf(broker)}", .. arguments]);
        return await publisher.WaitForExitAsync();
    }

    private static async Task PublishAsync(CommandProcess broker, params string[] arguments) => Assert.Equal(0, await TryPublishAsync(broker, arguments));

    private static async Task<ClientWebSocket> OpenAsync(CommandProcess broker, string? protocol, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        if (protocol is not null)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        await socket.ConnectAsync(new Uri(WebSocketAddress().Match(broker.Output).Value), TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<bool> IsClosedAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0;
        }
        catch (IOException)
        {
            return true; // reset
        }
    }

    [GeneratedRegex(@"listens on 127\.0\.0\.1:([0-9]+)")]
    private static partial Regex TcpPort();

    [GeneratedRegex(@"ws://127\.0\.0\.1:[0-9]+/mqtt")]
    private static partial Regex WebSocketAddress();
}
