using System.Security.Cryptography;
using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>The server's part of the opening handshake (RFC 6455, 4.2), without a check of what the client asks for.</summary>
public static class WebSocketHandshake
{
    /// <summary>Reads the upgrade request, and not one byte further, and grants it.</summary>
    /// <param name="subProtocol">The sub-protocol chosen; null chooses none.</param>
    /// <returns>The head of the request.</returns>
    public static Task<string> AcceptAsync(Stream stream, string? subProtocol, CancellationToken cancellationToken)
    {
        var chosen = subProtocol is null ? "" : $"\r\nSec-WebSocket-Protocol: {subProtocol}";
        return AcceptWithAsync(stream, $"Upgrade: websocket\r\nConnection: Upgrade{chosen}", cancellationToken);
    }

    /// <summary>As <see cref="AcceptAsync"/>, with these header fields besides the right Sec-WebSocket-Accept.</summary>
    /// <returns>The head of the request.</returns>
    public static async Task<string> AcceptWithAsync(Stream stream, string fields, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var request = await HttpText.ReadHeadAsync(stream, cancellationToken);
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1, and not as a secret.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(HttpText.Field(request, "Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var answer = $"HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        return request;
    }
}
