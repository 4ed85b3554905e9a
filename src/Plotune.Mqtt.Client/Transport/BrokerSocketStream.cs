using System.Buffers;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// The stream of a broker's socket, with an end that loses nothing. Closing a socket that still holds unread bytes resets the connection, and a reset
/// discards what the peer has not read yet, DISCONNECT and last messages included. So we end our direction, and read until the broker ends its own.
/// </summary>
internal sealed class BrokerSocketStream(Socket socket) : NetworkStream(socket, ownsSocket: true), IMqttClientStreamEndPoints
{
    private const int DrainBufferSize = 64 * 1024;

    public EndPoint? LocalEndPoint => Socket.LocalEndPoint;

    public EndPoint? RemoteEndPoint => Socket.RemoteEndPoint;

    /// <summary>Ends our direction and waits for the broker's end; what still comes is discarded. Never throws for a connection that is gone.</summary>
    /// <param name="limit">How long the broker may take.</param>
    public async Task EndAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        var buffer = ArrayPool<byte>.Shared.Rent(DrainBufferSize);
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
            while (await Socket.ReceiveAsync(buffer, deadline.Token).ConfigureAwait(false) > 0)
            {
                // Too late to be of use.
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The broker has reset the connection, or takes too long: there is nothing left to save.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
