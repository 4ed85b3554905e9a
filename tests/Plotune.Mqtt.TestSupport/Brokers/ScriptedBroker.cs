using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.TestSupport;

/// <summary>
/// A broker in this process on a port the system chose, whose every byte the test decides: for exact packet order and for faults.
/// </summary>
public sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly TimeSpan _deadline;
    private readonly CancellationToken _cancellationToken;
    private readonly List<ScriptedConnection> _connections = [];

    private ScriptedBroker(TimeSpan deadline, CancellationToken cancellationToken)
    {
        _deadline = deadline;
        _cancellationToken = cancellationToken;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    public static string Host => "127.0.0.1";

    public int Port { get; }

    /// <inheritdoc cref="Start(TimeSpan, CancellationToken)"/>
    public static ScriptedBroker Start(CancellationToken cancellationToken) => new(Eventually.DefaultDeadline, cancellationToken);

    /// <param name="cancellationToken">The test's own token; every wait of the broker and its connections observes it.</param>
    /// <param name="deadline">How long each wait of the broker and its connections may take. (default: <see cref="Eventually.DefaultDeadline"/>)</param>
    public static ScriptedBroker Start(TimeSpan deadline, CancellationToken cancellationToken) => new(deadline, cancellationToken);

    /// <summary>
    /// What every client's stream is wrapped in, such as TLS or a WebSocket, handshake included. Null takes the socket as it is. (default: null)
    /// </summary>
    public Func<Stream, CancellationToken, Task<Stream>>? Wrap { get; set; }

    /// <summary>The next client to connect. The broker closes it in the end.</summary>
    public async Task<ScriptedConnection> AcceptAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        deadline.CancelAfter(_deadline);
        try
        {
            var socket = await _listener.AcceptAsync(deadline.Token);
            socket.NoDelay = true;
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (Wrap is not null)
                stream = await WrapAsync(Wrap, stream, deadline.Token);
            var connection = new ScriptedConnection(socket, stream, _deadline, _cancellationToken);
            _connections.Add(connection);
            return connection;
        }
        catch (OperationCanceledException exception) when (!_cancellationToken.IsCancellationRequested)
        {
            throw new UnmetExpectationException($"No client connected to port {Port} for {_deadline.TotalSeconds:0.#} s.", exception);
        }
    }

    /// <summary>True if a client waits to be accepted right now.</summary>
    public bool HasPendingClient => _listener.Poll(0, SelectMode.SelectRead);

    /// <summary>Stops listening: further clients are refused. Connections stay.</summary>
    public void StopListening() => _listener.Dispose();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    private static async Task<Stream> WrapAsync(Func<Stream, CancellationToken, Task<Stream>> wrap, Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await wrap(stream, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
