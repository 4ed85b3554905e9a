using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// Turns a stream into a WebSocket (RFC 6455, 4.1). By hand, so that the socket, the proxy and TLS below are the same as for every transport, and so that a
/// server that does not upgrade gets its own sentence.
/// </summary>
internal static class WebSocketUpgrade
{
    private const string SubProtocol = "mqtt";

    /// <returns>The WebSocket, which owns the stream.</returns>
    public static async Task<WebSocket> PerformAsync(Stream stream, WebSocketOptions options, BrokerAddress address, bool isSecure, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(Request(options, HostOf(address, isSecure), key)), cancellationToken).ConfigureAwait(false);

        var received = new List<byte>();
        var head = await HttpHead.ReadAsync(stream, received, cancellationToken).ConfigureAwait(false);
        if (head is null)
            throw NoHttp(received, address);
        if (head.Status != HttpHead.SwitchingProtocols)
            throw Refused(head, options, address);
        if (!IsGranted(head, key))
            throw new TransportException(LocalFault.WebSocketRefused, $"The server at {address} broke the rules of the WebSocket upgrade. Is there a proxy in between?", ReasonClass.RetrySlowly);
        // [MQTT-6.0.0-4]
        if (head["Sec-WebSocket-Protocol"] != SubProtocol)
            throw new TransportException(
                LocalFault.WebSocketSubProtocol, $"The server at {address} has a WebSocket at {options}, but does not speak MQTT there. Check the path.", ReasonClass.Final);
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { SubProtocol = SubProtocol, KeepAliveInterval = TimeSpan.Zero });
    }

    // What RFC 6455, 4.1 asks of the answer; we offer no extension, so that none can be chosen. The sub-protocol has a sentence of its own.
    private static bool IsGranted(HttpHead head, string key) =>
        head["Upgrade"].Equals("websocket", StringComparison.OrdinalIgnoreCase)
        && head["Connection"].Split(',').Any(option => option.Trim().Equals("upgrade", StringComparison.OrdinalIgnoreCase))
        && head["Sec-WebSocket-Accept"] == AcceptOf(key)
        && head["Sec-WebSocket-Extensions"].Length == 0;

    /// <summary>The server went away instead of answering.</summary>
    public static TransportException Closed(BrokerAddress address, Exception? exception = null) => new(
        LocalFault.WebSocketClosed,
        $"{address} closed the connection instead of opening a WebSocket. Is this the broker's WebSocket port, and is the choice between ws and wss right?",
        ReasonClass.Retry,
        exception);

    private static string Request(WebSocketOptions options, string host, string key)
    {
        var request = new StringBuilder()
            .Append($"GET {Target(options.Path)} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
            .Append($"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SubProtocol}\r\n");
        foreach (var (name, value) in options.Headers)
        {
            if (name.Length == 0 || !name.All(IsTokenCharacter) || value.Any(char.IsControl))
                throw new TransportException(LocalFault.HeaderNotValid, $"The WebSocket header '{BrokerText.Clean(name, BrokerText.MaximumNameLength)}' is not valid: its name or its value has characters that HTTP does not allow.", ReasonClass.Final);
            request.Append($"{name}: {value}\r\n");
        }

        return request.Append("\r\n").ToString();
    }

    /// <summary>The port is named only where it is not the scheme's own: some gateways sign or compare this text (RFC 6455, 4.1).</summary>
    private static string HostOf(BrokerAddress address, bool isSecure)
    {
        var text = address.InAscii.ToString();
        var port = $":{BrokerUri.DefaultPortOf(isSecure ? BrokerTransport.WebSocketTls : BrokerTransport.WebSocket)}";
        return text.EndsWith(port, StringComparison.Ordinal) ? text[..^port.Length] : text;
    }

    private static string Target(string path)
    {
        var target = new StringBuilder(path.StartsWith('/') ? "" : "/");
        foreach (var one in Encoding.UTF8.GetBytes(path))
        {
            if (one is > 0x20 and < 0x7F and not (byte)'#')
                target.Append((char)one);
            else
                target.Append($"%{one:X2}");
        }

        return target.ToString();
    }

    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 asks for SHA-1, and not as a secret.")]
    private static string AcceptOf(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    private static bool IsTokenCharacter(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);

    private static TransportException NoHttp(List<byte> received, BrokerAddress address)
    {
        if (received.Count == 0)
            return Closed(address);
        return ForeignAnswer.IsTls([.. received])
            ? new(LocalFault.TlsExpected, $"The port of {address} speaks TLS. Choose secure WebSocket (wss).", ReasonClass.Final)
            : new(LocalFault.WebSocketRefused, $"What answers at {address} is no WebSocket server. Check the port, or choose MQTT without WebSocket.", ReasonClass.RetrySlowly);
    }

    private static TransportException Refused(HttpHead head, WebSocketOptions options, BrokerAddress address) => head.Status switch
    {
        401 or 407 => new(
            LocalFault.WebSocketUnauthorized,
            $"The web server at {address} asks for a login before it opens the WebSocket (HTTP {head.Status}). Add a header with it, such as Authorization.",
            ReasonClass.Final),
        403 => new(LocalFault.WebSocketForbidden, $"The web server at {address} does not allow the WebSocket at {options} (HTTP 403). Check the headers and its access rules.", ReasonClass.Final),
        404 or 410 => new(
            LocalFault.WebSocketPathNotFound, $"The web server at {address} has nothing at {options} (HTTP {head.Status}). Check the path; many brokers use /mqtt, /ws or /.", ReasonClass.Final),
        >= 300 and < 400 => new(
            LocalFault.WebSocketRedirected, $"The web server at {address} points to another address: {BrokerText.Clean(head["Location"])}. Enter that one if you trust it.", ReasonClass.Final),
        >= 500 => new(LocalFault.WebSocketUnavailable, $"The web server at {address} cannot reach its broker at the moment (HTTP {head.Status}).", ReasonClass.Retry),
        _ => new(
            LocalFault.WebSocketRefused, $"{address} is a web server, but opens no WebSocket at {options} (HTTP {head.Status}). Check the port and the path.", ReasonClass.RetrySlowly),
    };
}
