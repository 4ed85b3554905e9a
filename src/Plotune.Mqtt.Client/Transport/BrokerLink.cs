using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.ExceptionServices;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// The open way to a broker: a socket, and TLS and a WebSocket on it where asked for. One reader and one writer at a time. It ends without loss: closing a
/// socket that still holds unread bytes resets the connection, and a reset discards what the peer has not read yet, DISCONNECT and last messages included. So
/// every layer says that it ends, the socket ends our direction, and we read until the broker ends its own.
/// </summary>
internal sealed class BrokerLink(Socket socket, Stream stream, TlsHandshake? handshake, WebSocketStream? webSocket) : IDisposable
{
    private const int DrainBufferSize = 64 * 1024;

    /// <summary>The most a TLS record takes: header, content, and what encryption adds (RFC 5246, 6.2.3; RFC 8446, 5.2).</summary>
    private const int LargestRecord = 5 + (16 * 1024) + 2048;

    private ExceptionDispatchInfo? _failure;

    public Socket Socket => socket;

    /// <summary>Null without TLS.</summary>
    public TlsHandshake? Handshake => handshake;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        webSocket?.ReadAsync(buffer, cancellationToken) ?? (stream is SslStream ? ReadRecordsAsync(buffer, cancellationToken) : stream.ReadAsync(buffer, cancellationToken));

    public ValueTask WriteAsync(ReadOnlyMemory<byte> packets, CancellationToken cancellationToken) =>
        webSocket?.WriteAsync(packets, cancellationToken) ?? stream.WriteAsync(packets, cancellationToken);

    /// <summary>Why a write failed before anything was read; null if nothing more is known.</summary>
    public Task<ConnectionEnd?> ExplainBreakAsync(IOException exception) =>
        handshake is null ? Task.FromResult<ConnectionEnd?>(null) : TlsFailure.OfBrokenStreamAsync(exception, stream, handshake);

    /// <summary>Ends our direction and waits for the broker's end; what still comes is discarded. Never throws for a connection that is gone.</summary>
    public async Task EndAsync(CancellationToken deadline)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DrainBufferSize);
        try
        {
            if (webSocket is not null)
                await webSocket.EndAsync(deadline).ConfigureAwait(false);
            if (stream is SslStream tls)
                await tls.ShutdownAsync().WaitAsync(deadline).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(buffer, deadline).ConfigureAwait(false) > 0)
            {
                // Too late to be of use.
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The broker has reset the connection, or takes too long: there is nothing left to save.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>TLS gives a record at a time. Here come as many as lie ready, since the lane hands over once per read.</summary>
    private async ValueTask<int> ReadRecordsAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _failure?.Throw();
        var count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        while (count > 0 && buffer.Length - count >= LargestRecord && socket.Available >= LargestRecord)
        {
            int more;
            try
            {
                more = await stream.ReadAsync(buffer[count..], cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // What came before it counts; the next read tells.
                _failure = ExceptionDispatchInfo.Capture(exception);
                break;
            }

            if (more == 0)
                break;
            count += more;
        }

        return count;
    }

    public void Dispose()
    {
        webSocket?.Dispose();
        stream.Dispose();
        socket.Dispose();
    }
}
