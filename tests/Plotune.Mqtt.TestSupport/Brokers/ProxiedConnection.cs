using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.TestSupport;

/// <summary>One client's way through a <see cref="FaultProxy"/>.</summary>
internal sealed class ProxiedConnection(Socket client) : IDisposable
{
    private readonly Socket _broker = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async Task RunAsync(
        EndPoint target, Func<CancellationToken, Task> hold, Func<CancellationToken, Task> holdTowardsClient, CancellationToken cancellationToken)
    {
        try
        {
            client.NoDelay = true;
            await _broker.ConnectAsync(target, cancellationToken);
            await Task.WhenAll(CopyAsync(client, _broker, hold, cancellationToken), CopyAsync(_broker, client, holdTowardsClient, cancellationToken));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The broker is away, or the connection was cut: either is what this proxy is for. The client sees a reset.
            Reset();
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _broker.Dispose();
    }

    public void Reset()
    {
        Abort(client);
        Abort(_broker);
    }

    public void HalfCloseTowardsClient()
    {
        try
        {
            client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, Func<CancellationToken, Task> hold, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
            {
                await hold(cancellationToken);
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), cancellationToken);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            Abort(from);
            Abort(to);
            throw;
        }
    }

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        socket.Dispose();
    }
}
