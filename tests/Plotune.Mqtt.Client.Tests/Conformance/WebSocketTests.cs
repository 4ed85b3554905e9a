using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>MQTT over WebSocket (chapter 6), against a server that answers the upgrade by hand.</summary>
public sealed class WebSocketTests : ConnectionTest
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public WebSocketTests() => _listener.Start();

    [Conformance("3.1.1", "MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3")]
    [Conformance("5.0", "MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3")]
    [Theory]
    [InlineData(ProtocolPreference.V311)]
    [InlineData(ProtocolPreference.V500)]
    public async Task Packets_travel_in_binary_frames_wherever_those_are_cut(ProtocolPreference version)
    {
        var connection = ConnectByWebSocket(version);
        using var client = await _listener.AcceptTcpClientAsync(Token);
        var (head, socket) = await UpgradeAsync(client);
        using var owned = socket;
        Assert.Contains("Sec-WebSocket-Protocol: mqtt\r\n", head, StringComparison.OrdinalIgnoreCase);

        var connect = new byte[1024];
        var received = await socket.ReceiveAsync(connect, Token);
        Assert.Equal((WebSocketMessageType.Binary, (byte)0x10), (received.MessageType, connect[0]));
        var isVersion5 = version == ProtocolPreference.V500;
        byte[] bytes =
        [
            .. isVersion5 ? PacketBytes.ConnAck5() : PacketBytes.ConnAck311(),
            .. isVersion5 ? PacketBytes.Publish5("t/1", "one"u8.ToArray()) : PacketBytes.Publish311("t/1", "one"u8.ToArray()),
            .. isVersion5 ? PacketBytes.Publish5("t/2", "two"u8.ToArray()) : PacketBytes.Publish311("t/2", "two"u8.ToArray()),
        ];
        foreach (var piece in bytes.Chunk(7))
            await socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, Token);

        await Eventually.TrueAsync("both messages are there", () => Handler.Messages.Count == 2, Token, state: () => connection.Status);
        Assert.Equal([("t/1", "one"), ("t/2", "two")], Handler.Messages);
    }

    [Conformance("3.1.1", "MQTT-6.0.0-1")]
    [Conformance("5.0", "MQTT-6.0.0-1")]
    [Theory]
    [InlineData(ProtocolPreference.V311)]
    [InlineData(ProtocolPreference.V500)]
    public async Task A_frame_of_text_closes_the_connection(ProtocolPreference version)
    {
        var connection = ConnectByWebSocket(version);
        using var client = await _listener.AcceptTcpClientAsync(Token);
        var (_, socket) = await UpgradeAsync(client);
        using var owned = socket;

        await socket.SendAsync(version == ProtocolPreference.V500 ? PacketBytes.ConnAck5() : PacketBytes.ConnAck311(), WebSocketMessageType.Text, endOfMessage: true, Token);

        await ReachesAsync(connection, ConnectionState.Waiting);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    private BrokerConnection ConnectByWebSocket(ProtocolPreference version) => Connect(Options with
    {
        Protocol = version,
        Address = new BrokerAddress("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port),
        Transport = BrokerTransport.WebSocket,
    });

    private static async Task<(string Head, WebSocket Socket)> UpgradeAsync(TcpClient client)
    {
        var stream = client.GetStream();
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(next, Token);
            head.Append((char)next[0]);
        }

        var key = head.ToString().Split("\r\n").Single(line => line.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase)).Split(':', 2)[1].Trim();
#pragma warning disable CA5350 // RFC 6455, 1.3 proves by SHA-1 that the server has read the key; nothing depends on its strength.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var answer = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
        return (head.ToString(), WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = "mqtt" }));
    }
}
