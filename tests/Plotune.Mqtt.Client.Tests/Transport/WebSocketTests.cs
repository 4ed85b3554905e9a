using System.Net.Security;
using System.Net.WebSockets;
using System.Text;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class WebSocketTests : TransportTest
{
    private BrokerConnectionOptions WebSocketOptions => Options with { Transport = BrokerTransport.WebSocket };

    [Fact]
    public async Task Upgrade_asks_for_path_sub_protocol_and_headers()
    {
        SpeakWebSocket();
        var options = WebSocketOptions with { WebSocket = new WebSocketOptions { Path = "/broker/ä?key=1", Headers = [new("Authorization", "Bearer abc"), new("X-Line", "7")] } };

        var (_, client) = await ConnectedAsync(options, []);

        var request = ((ScriptedWebSocketStream)client.Stream).Request;
        Assert.StartsWith("GET /broker/%C3%A4?key=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: {options.Address}\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Protocol: mqtt\r\n", request, StringComparison.Ordinal); // [MQTT-6.0.0-3]
        Assert.Contains("\r\nAuthorization: Bearer abc\r\nX-Line: 7\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_pass_over_secure_WebSocket()
    {
        var settings = new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate() };
        Broker.Wrap = async (stream, token) =>
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(settings, token);
            return await ScriptedWebSocketStream.AcceptAsync(tls, token);
        };
        var (connection, client) = await ConnectedAsync(TlsClientOptions with { Transport = BrokerTransport.WebSocketTls }, [new TopicSubscription("a/#")]);

        await client.SendPublishAsync("a/b", "hello"u8.ToArray());

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        var stopping = connection.DisposeAsync();
        await client.ExpectAsync(PacketType.Disconnect);
        await client.ExpectEndAsync();
        client.Close();
        await stopping;
    }

    /// <summary>[MQTT-6.0.0-2]</summary>
    [Fact]
    public async Task Packets_may_lie_in_frames_as_they_like()
    {
        SpeakWebSocket();
        var (_, client) = await ConnectedAsync(WebSocketOptions with { Protocol = ProtocolPreference.V311 }, [new TopicSubscription("a/#")]);
        var raw = (ScriptedWebSocketStream)client.Stream;
        byte[] packets = [.. PacketBytes.Publish311("a/1", "one"u8.ToArray()), .. PacketBytes.Publish311("a/2", "two"u8.ToArray()), .. PacketBytes.Publish311("a/3", "three"u8.ToArray())];

        // Two and a half packets, an empty frame, a ping, one byte, the rest in fragments.
        var cut = packets.Length - 6;
        await raw.WriteRawAsync((byte[])[.. Frame(0x82, packets[..cut]), .. Frame(0x82, []), .. Frame(0x89, "ping"u8.ToArray()), .. Frame(0x82, packets[cut..(cut + 1)])], Token);
        await raw.WriteRawAsync((byte[])[.. Frame(0x02, packets[(cut + 1)..(cut + 3)]), .. Frame(0x80, packets[(cut + 3)..])], Token);

        await Eventually.TrueAsync("three messages are there", () => Handler.Messages.Count == 3, Token);
        Assert.Equal([("a/1", "one"), ("a/2", "two"), ("a/3", "three")], Handler.Messages);
    }

    [Fact]
    public async Task Frames_that_came_together_are_handed_over_together()
    {
        SpeakWebSocket();
        var (_, client) = await ConnectedAsync(WebSocketOptions with { Protocol = ProtocolPreference.V311 }, [new TopicSubscription("a/#")]);
        var frames = Enumerable.Range(0, 200).SelectMany(i => Frame(0x82, PacketBytes.Publish311("a/b", Encoding.ASCII.GetBytes($"{i}")))).ToArray();

        await ((ScriptedWebSocketStream)client.Stream).WriteRawAsync(frames, Token);

        await Eventually.TrueAsync("every message is there", () => Handler.Messages.Count == 200, Token);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), Handler.Messages.Select(message => message.Item2));
    }

    /// <summary>[MQTT-6.0.0-1]</summary>
    [Fact]
    public async Task Text_frame_ends_the_connection()
    {
        SpeakWebSocket();
        var (connection, client) = await ConnectedAsync(WebSocketOptions, []);

        await ((ScriptedWebSocketStream)client.Stream).WriteRawAsync(Frame(0x81, "hello"u8.ToArray()), Token);

        await ReachesAsync(connection, ConnectionState.Waiting);
        AssertFailure(connection.Status, ConnectionState.Waiting, "WebSocketTextFrame", "MQTT-6.0.0-1");
    }

    [Theory]
    [InlineData("810568656C6C6F", "WebSocketTextFrame")]
    [InlineData("8102FFFE", "WebSocketProtocolViolation")]
    [InlineData("83023000", "WebSocketProtocolViolation")]
    [InlineData("8282000000003000", "WebSocketProtocolViolation")]
    [InlineData("C2023000", "WebSocketProtocolViolation")]
    [InlineData("80023000", "WebSocketProtocolViolation")]
    public async Task A_frame_that_cannot_be_is_a_breach_of_protocol_by_the_broker(string frame, string name)
    {
        SpeakWebSocket();
        var (connection, client) = await ConnectedAsync(WebSocketOptions with { Reconnect = false }, []);

        await ((ScriptedWebSocketStream)client.Stream).WriteRawAsync(Convert.FromHexString(frame), Token);

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal((name, ConnectionEndCause.ProtocolViolation), (connection.Status.ReasonName, connection.Status.Cause));
        Assert.DoesNotContain("InnerException", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Goodbye_is_DISCONNECT_and_then_a_close_frame()
    {
        SpeakWebSocket();
        var (connection, client) = await ConnectedAsync(WebSocketOptions, []);

        var stopping = connection.DisposeAsync();

        await client.ExpectAsync(PacketType.Disconnect);
        await client.ExpectEndAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, ((ScriptedWebSocketStream)client.Stream).CloseStatus);
        client.Close();
        await stopping;
    }

    [Fact]
    public async Task Close_frame_of_the_broker_is_an_end_in_order()
    {
        SpeakWebSocket();
        var (connection, client) = await ConnectedAsync(WebSocketOptions, []);

        await ((ScriptedWebSocketStream)client.Stream).WriteRawAsync(Frame(0x88, [0x03, 0xE9]), Token);

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Equal("ConnectionClosed", connection.Status.ReasonName);
    }

    [Fact]
    public async Task Query_of_the_path_is_not_told_since_it_may_be_a_secret()
    {
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", token);

        var status = await FailureAsync(WebSocketOptions with { WebSocket = new WebSocketOptions { Path = "/mqtt?signature=s3cret" } });

        AssertFailure(status, ConnectionState.Failed, "WebSocketPathNotFound", "nothing at /mqtt (HTTP");
        Assert.DoesNotContain(Logger.Entries, entry => entry.Message.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Interim_answers_are_passed_over()
    {
        const string Answer = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, Answer, token);

        AssertFailure(await FailureAsync(WebSocketOptions), ConnectionState.Failed, "WebSocketPathNotFound", "HTTP 404");
    }

    [Fact]
    public async Task Endless_answer_is_given_up()
    {
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, $"HTTP/1.1 101 Switching Protocols\r\nX-Line: {new string('x', 17_000)}\r\n\r\n", token);

        AssertFailure(await FailureAsync(WebSocketOptions), ConnectionState.Waiting, "WebSocketRefused", "no WebSocket server");
    }

    [Fact]
    public async Task Fault_on_the_way_is_no_reason_to_give_up_a_broker_that_was_reached_before()
    {
        SpeakWebSocket();
        var (connection, client) = await ConnectedAsync(WebSocketOptions, []);
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", token);

        client.Close();

        await SkipBackoffAsync(connection);
        await Broker.AcceptAsync();
        await Eventually.TrueAsync("it waits", () => connection.Status is { State: ConnectionState.Waiting, ReasonName: "WebSocketPathNotFound" }, Token, state: () => connection.Status);
    }

    [Theory]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt", true)]
    [InlineData("upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\nsec-websocket-protocol: mqtt", true)]
    [InlineData("Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt", true)]
    [InlineData("Upgrade: websocket\r\nSec-WebSocket-Protocol: mqtt", false)]
    [InlineData("Upgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Protocol: mqtt", false)]
    [InlineData("Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt", false)]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate", false)]
    public async Task An_upgrade_is_taken_only_as_it_was_asked_for(string fields, bool isTaken)
    {
        Broker.Wrap = async (stream, token) => await ScriptedWebSocketStream.AcceptWithAsync(stream, fields, token);
        if (isTaken)
            await ConnectedAsync(WebSocketOptions, []);
        else
            AssertFailure(await FailureAsync(WebSocketOptions), ConnectionState.Waiting, "WebSocketRefused", "rules of the WebSocket upgrade");
    }

    /// <summary>[MQTT-6.0.0-4]</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("chat")]
    public async Task Server_must_choose_the_sub_protocol(string? chosen)
    {
        Broker.Wrap = async (stream, token) => await ScriptedWebSocketStream.AcceptAsync(stream, token, chosen);

        AssertFailure(await FailureAsync(WebSocketOptions), ConnectionState.Failed, "WebSocketSubProtocol", "does not speak MQTT", "/mqtt");
    }

    [Theory]
    [InlineData("401 Unauthorized", ConnectionState.Failed, "WebSocketUnauthorized", "Authorization")]
    [InlineData("403 Forbidden", ConnectionState.Failed, "WebSocketForbidden", "access rules")]
    [InlineData("404 Not Found", ConnectionState.Failed, "WebSocketPathNotFound", "Check the path")]
    [InlineData("301 Moved Permanently", ConnectionState.Failed, "WebSocketRedirected", "https://elsewhere/")]
    [InlineData("200 OK", ConnectionState.Waiting, "WebSocketRefused", "web server")]
    [InlineData("400 Bad Request", ConnectionState.Waiting, "WebSocketRefused", "HTTP 400")]
    [InlineData("502 Bad Gateway", ConnectionState.Waiting, "WebSocketUnavailable", "at the moment")]
    public async Task Server_that_does_not_upgrade_gets_its_own_sentence(string statusLine, ConnectionState state, string name, string telling)
    {
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, $"HTTP/1.1 {statusLine}\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n", token);

        AssertFailure(await FailureAsync(WebSocketOptions), state, name, telling);
    }

    [Fact]
    public async Task Address_a_server_points_to_is_told_in_one_line_of_bounded_length()
    {
        var answer = $"HTTP/1.1 302 Found\r\nLocation: https://x/\u0001\u001b[2J{new string('y', 8000)}\r\nContent-Length: 0\r\n\r\n";
        Broker.Wrap = (stream, token) => ScriptedWebSocketStream.RefuseAsync(stream, answer, token);

        var status = await FailureAsync(WebSocketOptions);

        AssertFailure(status, ConnectionState.Failed, "WebSocketRedirected", "https://x/  [2Jyyy", "....");
        Assert.DoesNotContain(status.Reason, char.IsControl);
        Assert.InRange(status.Reason.Length, 256, 500);
    }

    [Theory]
    [InlineData("\u0020\u0002\u0000\u0000", ConnectionState.Waiting, "WebSocketRefused", "no WebSocket server")]
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002\u0046", ConnectionState.Waiting, "WebSocketRefused", "no WebSocket server")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", ConnectionState.Waiting, "WebSocketRefused", "rules of the WebSocket upgrade")]
    [InlineData("HTTP/1.1 none\r\n\r\n", ConnectionState.Waiting, "WebSocketRefused", "no WebSocket server")]
    [InlineData("", ConnectionState.Waiting, "WebSocketClosed", "instead of opening a WebSocket")]
    public async Task What_is_no_WebSocket_is_recognised(string answer, ConnectionState state, string name, string telling)
    {
        Broker.Wrap = async (stream, token) =>
        {
            await ScriptedWebSocketStream.RefuseAsync(stream, answer, token);
            await stream.DisposeAsync();
            return stream;
        };

        AssertFailure(await FailureAsync(WebSocketOptions), state, name, telling);
    }

    [Theory]
    [InlineData("Bad Name", "x")]
    [InlineData("X-Line", "7\r\nX-Other: 8")]
    public async Task Header_that_would_break_the_request_is_refused(string header, string value)
    {
        SpeakWebSocket();
        var options = WebSocketOptions with { WebSocket = new WebSocketOptions { Headers = [new(header, value)] } };

        AssertFailure(await FailureAsync(options), ConnectionState.Failed, "HeaderNotValid", header);
    }

    [Fact]
    public async Task Silence_in_the_upgrade_is_told_from_a_dead_address()
    {
        var asked = new TaskCompletionSource();
        Broker.Wrap = async (stream, token) =>
        {
            await ScriptedWebSocketStream.RefuseAsync(stream, "", token);
            asked.TrySetResult();
            return stream;
        };
        var connection = Connect(WebSocketOptions);
        await Broker.AcceptAsync();
        await asked.Task;

        Clock.Advance(Options.RequestTimeout);

        await ReachesAsync(connection, ConnectionState.Waiting);
        AssertFailure(connection.Status, ConnectionState.Waiting, "WebSocketTimeout", "WebSocket");
    }

    private void SpeakWebSocket() => Broker.Wrap = async (stream, token) => await ScriptedWebSocketStream.AcceptAsync(stream, token);

    private static byte[] Frame(byte firstByte, byte[] payload) => [firstByte, (byte)payload.Length, .. payload];
}
