using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.TestSupport;

/// <summary>A TCP proxy in front of a real broker that delays, stalls, half-closes or cuts what passes through it.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly Task _accepting;
    private readonly FlowGate _flow = new();
    private readonly FlowGate _flowTowardsClient = new();
    private long _delayTicks;

    private FaultProxy(EndPoint target)
    {
        _target = target;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How long every block of bytes is held, in both directions. (default: not at all)</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>Connections alive now.</summary>
    public int Connections => _connections.Count;

    public static FaultProxy Start(int targetPort, string targetHost = "127.0.0.1") => new(new DnsEndPoint(targetHost, targetPort));

    /// <summary>Resets every connection at once; new ones are accepted.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>Ends the broker's direction of every connection (FIN towards the client) and leaves the client's open.</summary>
    public void HalfClose()
    {
        foreach (var connection in _connections.Keys)
            connection.HalfCloseTowardsClient();
    }

    /// <summary>Lets nothing pass in either direction until <see cref="Resume"/>; connections stay open, as behind an unplugged cable.</summary>
    public void Stall() => _flow.Close();

    /// <summary>Lets nothing pass from the broker to the client until <see cref="Resume"/>: what the client sends arrives, and is not answered.</summary>
    public void StallTowardsClient() => _flowTowardsClient.Close();

    public void Resume()
    {
        _flow.Open();
        _flowTowardsClient.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                var connection = new ProxiedConnection(await _listener.AcceptAsync(_stopping.Token));
                var started = new TaskCompletionSource();
                _connections[connection] = RunAsync(connection, started.Task);
                started.SetResult();
            }
        }
        catch (Exception exception) when (_stopping.IsCancellationRequested && exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task RunAsync(ProxiedConnection connection, Task started)
    {
        await started;
        try
        {
            await connection.RunAsync(_target, HoldAsync, HoldTowardsClientAsync, _stopping.Token);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task HoldTowardsClientAsync(CancellationToken cancellationToken)
    {
        await HoldAsync(cancellationToken);
        await _flowTowardsClient.PassAsync(cancellationToken);
    }

    private async Task HoldAsync(CancellationToken cancellationToken)
    {
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, cancellationToken);
        await _flow.PassAsync(cancellationToken);
    }
}
