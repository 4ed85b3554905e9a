using System.Net.WebSockets;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// The bytes within the frames of a WebSocket, however the packets lie in them [MQTT-6.0.0-2]. Most brokers write a frame per packet; a read gathers what can
/// be had without waiting, since the lane hands over once per read.
/// </summary>
/// <remarks>
/// A read that waits goes on over the end of the call that began it, and must therefore not write into the caller's memory. It is never cancelled, which would
/// abort the WebSocket before our last packets are out.
/// </remarks>
internal sealed class WebSocketStream(WebSocket socket) : IDisposable
{
    /// <summary>What .NET says when it says nothing but that the WebSocket has ended, as for text that is no UTF-8.</summary>
    private static readonly string Nothing = new WebSocketException(WebSocketError.Faulted).Message;

    private readonly byte[] _ahead = GC.AllocateUninitializedArray<byte>(32 * 1024);
    private Task<int>? _pending;
    private int _start;
    private int _end;

    /// <returns>Zero when the broker has closed.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _pending ??= ReceiveAsync().AsTask();
            var received = await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            _pending = null;
            SetAhead(received);
            if (received == 0)
                return 0;
        }

        var count = Take(destination.Span);
        while (count < destination.Length && _start == _end)
        {
            var next = ReceiveAsync();
            if (!next.IsCompletedSuccessfully)
            {
                _pending = next.AsTask();
                break;
            }

            var received = next.Result;
            if (received == 0)
            {
                // The end is for the next call to tell.
                _pending = Task.FromResult(0);
                break;
            }

            SetAhead(received);
            count += Take(destination.Span[count..]);
        }

        return count;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> packets, CancellationToken cancellationToken) =>
        socket.SendAsync(packets, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);

    /// <summary>Sends the close frame.</summary>
    public Task EndAsync(CancellationToken cancellationToken) =>
        socket.State is WebSocketState.Open or WebSocketState.CloseReceived
            ? socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken)
            : Task.CompletedTask;

    public void Dispose() => socket.Dispose();

    /// <returns>Zero when the broker has closed.</returns>
    private async ValueTask<int> ReceiveAsync()
    {
        ValueWebSocketReceiveResult result;
        try
        {
            do
            {
                result = await socket.ReceiveAsync(_ahead.AsMemory(), CancellationToken.None).ConfigureAwait(false);
            }
            while (result.Count == 0 && result.MessageType == WebSocketMessageType.Binary);
        }
        catch (WebSocketException exception)
        {
            return OfFailure(exception);
        }

        // [MQTT-6.0.0-1]
        if (result.MessageType == WebSocketMessageType.Text)
            throw Breach(LocalFault.WebSocketTextFrame, "The broker sent text over the WebSocket, where MQTT allows only binary data [MQTT-6.0.0-1].");
        return result.MessageType == WebSocketMessageType.Close ? 0 : result.Count;
    }

    // Brokers that stop often end the socket without a close frame, which is an end in order to MQTT.
    private static int OfFailure(WebSocketException exception) => exception switch
    {
        { InnerException: IOException broken } => throw new IOException(broken.Message, broken),
        { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely or WebSocketError.InvalidState } => 0,
        _ => throw Breach(
            LocalFault.WebSocketProtocolViolation,
            $"The broker sent text or a damaged frame over the WebSocket{(exception.Message == Nothing ? "." : $": {exception.Message}")}",
            exception),
    };

    private static TransportException Breach(LocalFault fault, string reason, Exception? exception = null) =>
        new(new ConnectionEnd(fault, reason, ReasonClass.Retry) { Cause = ConnectionEndCause.ProtocolViolation }, exception);

    private void SetAhead(int received)
    {
        _start = 0;
        _end = received;
    }

    private int Take(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, _end - _start);
        _ahead.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }
}
