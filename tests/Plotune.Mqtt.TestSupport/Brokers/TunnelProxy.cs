using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>An HTTP proxy that knows only CONNECT, and answers as the test wishes.</summary>
#pragma warning disable CA1001 // A token source without a timer holds nothing to dispose of.
public sealed class TunnelProxy : IAsyncDisposable
#pragma warning restore CA1001
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _tunnels = [];
    private readonly Task _accepting;

    private TunnelProxy()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Sent instead of opening a tunnel; null opens it, empty closes without a word. (default: null)</summary>
    public string? Refusal { get; set; }

    /// <summary>Where every tunnel leads; null for where it is asked to. (default: null)</summary>
    public IPEndPoint? Upstream { get; set; }

    /// <summary>Heads of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public static TunnelProxy Start() => new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_tunnels);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _tunnels.Add(RunAsync(await _listener.AcceptAsync(_stopping.Token)));
        }
        catch (Exception exception) when (_stopping.IsCancellationRequested && exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RunAsync(Socket socket)
    {
        await using var client = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = await HttpText.ReadHeadAsync(client, _stopping.Token);
            Requests.Enqueue(head);
            if (Refusal is { } refusal)
            {
                await client.WriteAsync(Encoding.ASCII.GetBytes(refusal), _stopping.Token);
                return;
            }

            using var connection = new TcpClient();
            await connection.ConnectAsync(Upstream ?? IPEndPoint.Parse(head.Split(' ')[1]), _stopping.Token);
            var broker = connection.GetStream();
            await client.WriteAsync("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"u8.ToArray(), _stopping.Token);
            await Task.WhenAll(PumpAsync(client, broker, connection.Client), PumpAsync(broker, client, socket));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException or UnmetExpectationException)
        {
            // One of the two sides has gone, or the test is over.
        }
    }

    private async Task PumpAsync(Stream from, Stream to, Socket target)
    {
        await from.CopyToAsync(to, _stopping.Token);
        target.Shutdown(SocketShutdown.Send);
    }
}
