using System.Buffers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// One viewer's WebSocket: the framework's <see cref="WebSocket"/> does the handshake, control frames and reading; data frames leave through
/// <see cref="SendFramesAsync"/>, many in one write.
/// </summary>
internal sealed class ViewerSocket
{
    /// <summary>Longest wait for the other side of the closing handshake.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A quiet viewer is pinged this often, and must answer within the same time.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);

    private const int ReadBytes = 4096;

    private readonly WebSocket _socket;
    private readonly ViewerStream _stream;

    private ViewerSocket(WebSocket socket, ViewerStream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <summary>Takes one whole message, which is valid until the call completes.</summary>
    public delegate ValueTask MessageHandler(ReadOnlyMemory<byte> message, bool isText);

    public static async Task<ViewerSocket> AcceptAsync(HttpContext context)
    {
        // A slow viewer loses samples, not its connection; one that is gone is found by the ping.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = PingInterval, KeepAliveTimeout = PingInterval });
        var stream = (context.Features.Get<IHttpUpgradeFeature>() as ViewerUpgradeFeature)?.Stream
            ?? throw new InvalidOperationException("The WebSocket was upgraded past the viewer stream");
        return new ViewerSocket(socket, stream);
    }

    /// <summary>Writes frames made by <see cref="TextFrameBuffer"/>; may be called while a message is being received.</summary>
    public ValueTask SendFramesAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) => _stream.WriteAsync(frames, cancellationToken);

    /// <summary>
    /// Runs <paramref name="send"/> beside the receive loop until the viewer closes, either fails, or <paramref name="stopping"/> is cancelled;
    /// then closes the connection.
    /// </summary>
    /// <param name="onMessage">Called one at a time; null reads and ignores whatever comes.</param>
    /// <param name="maximumMessageBytes">A longer message ends the connection with status 1009.</param>
    public async Task RunAsync(Func<CancellationToken, Task> send, MessageHandler? onMessage, int maximumMessageBytes, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var receiving = ReceiveAsync(onMessage, maximumMessageBytes);
        var sending = send(ending.Token);
        await Task.WhenAny(receiving, sending, Task.Delay(Timeout.Infinite, ending.Token));
        await ending.CancelAsync();
        var failure = await FailureOfAsync(sending) ?? (receiving.IsCompleted ? await FailureOfAsync(receiving) : null);
        await CloseAsync(receiving, stopping.IsCancellationRequested, failure);
        failure ??= await FailureOfAsync(receiving);
        _socket.Dispose();
        if (failure is not null) throw new InvalidOperationException("A viewer's loop failed", failure);
    }

    private async Task CloseAsync(Task<WebSocketCloseStatus> receiving, bool stopping, Exception? failure)
    {
        var (status, words) = (receiving.IsCompletedSuccessfully, stopping, failure) switch
        {
            (_, _, not null) => (WebSocketCloseStatus.InternalServerError, "internal error"),
            (true, _, _) => (await receiving, ""),
            (_, true, _) => (WebSocketCloseStatus.EndpointUnavailable, "the agent is stopping"),
            _ => (WebSocketCloseStatus.NormalClosure, ""),
        };
        try
        {
            using var patience = new CancellationTokenSource(CloseTimeout);
            if (receiving.IsCompleted && _socket.State == WebSocketState.Open)
            {
                await _socket.CloseAsync(status, words, patience.Token); // reads on itself until the viewer's answer
            }
            else
            {
                await _socket.CloseOutputAsync(status, words, patience.Token);
                await receiving.WaitAsync(patience.Token);
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // The viewer has gone without a word, or does not answer: what follows is all that can be done.
        }

        _socket.Abort();
    }

    /// <returns>The status to close with.</returns>
    private async Task<WebSocketCloseStatus> ReceiveAsync(MessageHandler? onMessage, int maximumMessageBytes)
    {
        while (true)
        {
            // An idle viewer holds no buffer: wait for something to read before renting one.
            var result = await _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close) return StatusToAnswer();
            var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
            try
            {
                var length = 0;
                while (!result.EndOfMessage)
                {
                    if (onMessage is null) length = 0;
                    if (length == buffer.Length) buffer = Grow(buffer);
                    result = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    if (result.MessageType == WebSocketMessageType.Close) return StatusToAnswer();
                    length += result.Count;
                    if (onMessage is not null && length > maximumMessageBytes) return WebSocketCloseStatus.MessageTooBig;
                }

                if (onMessage is not null) await onMessage(buffer.AsMemory(0, length), result.MessageType == WebSocketMessageType.Text);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private WebSocketCloseStatus StatusToAnswer() =>
        _socket.CloseStatus is { } status && status != WebSocketCloseStatus.Empty ? status : WebSocketCloseStatus.NormalClosure;

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static async Task<Exception?> FailureOfAsync(Task task)
    {
        try
        {
            await task;
            return null;
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static bool IsEndOfConnection(Exception exception) =>
        exception is OperationCanceledException or WebSocketException or IOException;
}
