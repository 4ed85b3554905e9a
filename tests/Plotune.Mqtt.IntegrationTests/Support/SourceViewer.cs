using System.Net.Sockets;
using System.Net.WebSockets;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>One client of a <see cref="VariableSource"/>.</summary>
/// <param name="stream">What the WebSocket writes to; a write stays in one piece.</param>
internal sealed class SourceViewer(Socket connection, Stream stream, WebSocket socket) : IDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private volatile bool _isClosing;

    /// <param name="frames">Whole frames: many in one write are what makes a burst fast.</param>
    /// <returns>False if it is gone.</returns>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> frames)
    {
        if (_isClosing)
            return false;

        try
        {
            await stream.WriteAsync(frames);
            return true;
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            return false;
        }
    }

    /// <summary>Takes what the client sends, which means nothing, until it leaves. Pings are answered meanwhile.</summary>
    public async Task ReadAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while ((await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }

            await CloseAsync();
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // It left without a word, or we did.
        }
    }

    /// <summary>Says that the source goes away.</summary>
    public async Task CloseAsync()
    {
        _isClosing = true;
        using var limit = new CancellationTokenSource(CloseLimit);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "", limit.Token);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // It is gone already.
        }
    }

    /// <summary>Ends the connection by a reset, as the system does for a process that was killed with data unread.</summary>
    public void Reset()
    {
        try
        {
            connection.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        Dispose();
    }

    public void Dispose()
    {
        connection.Dispose();
        socket.Dispose();
    }

    private static bool IsEnd(Exception exception) => exception is WebSocketException or IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;
}
