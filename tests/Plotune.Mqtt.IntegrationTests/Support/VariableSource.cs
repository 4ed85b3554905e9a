using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>
/// Stands in for the extension whose variables are bridged: serves <c>WS /fetch/{name}</c> on a port the system chose, and sends numbered samples
/// <c>{"timestamp": seconds, "value": n}</c>, n from 0 for each variable, to every viewer of it. Thread-safe.
/// </summary>
/// <remarks>A number is sent once a viewer's socket has taken it. What was on its way when a connection broke is lost, as with any such source, unless a history brings it again.</remarks>
internal sealed class VariableSource : IAsyncDisposable
{
    private const string Prefix = "/fetch/";

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, SourceVariable> _variables = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<SourceViewer, Task> _viewers = [];
    private readonly FlowGate _flow = new();
    private readonly IPAddress _address;
    private readonly int _historyLength;
    private bool _isListening;
    private CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    private VariableSource(IPAddress address, int historyLength)
    {
        _address = address;
        _historyLength = historyLength;
    }

    /// <summary>Stays the same while stopped.</summary>
    public int Port { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="address">Where to listen. (default: 127.0.0.1)</param>
    /// <param name="historyLength">See <see cref="SourceVariable"/>. (default: no history)</param>
    public static async Task<VariableSource> StartAsync(IPAddress? address = null, int historyLength = 0)
    {
        var source = new VariableSource(address ?? IPAddress.Loopback, historyLength);
        await source.StartAgainAsync();
        return source;
    }

    /// <summary>How many numbers of a variable were sent: 0 to one less.</summary>
    public long SentOf(string name) => VariableOf(name).Sent;

    /// <summary>Viewers of a variable connected now.</summary>
    public int ViewersOf(string name) => VariableOf(name).Viewers;

    /// <summary>Viewers of a variable there have been.</summary>
    public long ConnectionsOf(string name) => VariableOf(name).Connections;

    public Task WaitForViewerAsync(string name) => Eventually.ThatAsync($"a viewer of {name} is connected", () => ViewersOf(name) > 0);

    /// <summary>Sends the next numbers of a variable as fast as its viewers take them, and waits for a viewer while there is none.</summary>
    public Task SendAsync(string name, long count) => VariableOf(name).SendAsync(count, Token);

    /// <summary>Sends so many numbers a second until it is cancelled; frozen, it ends once thawed. While there is no viewer it sends nothing, and makes up for nothing later, unless it has a history.</summary>
    /// <returns>How many it sent.</returns>
    public async Task<long> SendAtPaceAsync(string name, double perSecond, CancellationToken until)
    {
        var variable = VariableOf(name);
        var before = variable.Sent;
        var watch = Stopwatch.StartNew();
        double due = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(until, Token);
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                due = variable.Viewers == 0 && _historyLength == 0 ? 0 : due + (watch.Elapsed.TotalSeconds * perSecond);
                watch.Restart();
                await variable.SendAsync((long)due, stop.Token);
                due -= (long)due;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As it was asked to.
        }

        return variable.Sent - before;
    }

    /// <summary>Does nothing any more, as a process that was stopped by a signal: connections stay and new ones are taken by the system, but nobody reads, writes or answers a ping. Lasts until <see cref="Thaw"/>, or until it is ended.</summary>
    public void Freeze() => _flow.Close();

    public void Thaw() => _flow.Open();

    /// <summary>Says goodbye to every viewer and closes; further connections are refused.</summary>
    public Task StopAsync() => EndAsync(async viewer =>
    {
        await viewer.CloseAsync();
        viewer.Dispose();
    });

    /// <summary>Resets every connection; further ones are refused.</summary>
    public Task KillAsync() => EndAsync(viewer =>
    {
        viewer.Reset();
        return Task.CompletedTask;
    });

    /// <summary>Listens on the same port again, and goes on with the next numbers.</summary>
    public Task StartAgainAsync() => Eventually.ThatAsync("the source is back on its port", TryListen);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _stopping.Dispose();
        foreach (var variable in _variables.Values)
            variable.Dispose();
    }

    private SourceVariable VariableOf(string name) => _variables.GetOrAdd(name, _ => new SourceVariable(_historyLength));

    private bool TryListen()
    {
        Assert.False(_isListening, "the source listens already");
        var listener = new TcpListener(_address, Port);
        try
        {
            listener.Start();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            // Somebody's outgoing connection has got it meanwhile, and gives it back.
            listener.Dispose();
            return false;
        }

        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _stopping = new CancellationTokenSource();
        _isListening = true;
        _accepting = AcceptAsync(listener, _stopping.Token);
        return true;
    }

    private async Task EndAsync(Func<SourceViewer, Task> end)
    {
        if (!_isListening)
            return;

        _isListening = false;
        await _stopping.CancelAsync();
        await _accepting;
        foreach (var (viewer, serving) in _viewers)
        {
            await end(viewer);
            await serving;
        }

        _stopping.Dispose();
        _flow.Open();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stopping)
    {
        var greeting = new List<Task>();
        try
        {
            while (true)
                greeting.Add(GreetAsync(await listener.AcceptSocketAsync(stopping), stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped.
        }
        finally
        {
            listener.Dispose();
        }

        await Task.WhenAll(greeting);
    }

    private async Task GreetAsync(Socket connection, CancellationToken stopping)
    {
        connection.NoDelay = true;
        var stream = new GatedStream(new NetworkStream(connection), _flow, stopping);
        try
        {
            var request = await WebSocketHandshake.AcceptAsync(stream, subProtocol: null, stopping);
            var target = request.Split(' ')[1];
            Assert.StartsWith(Prefix, target, StringComparison.Ordinal);
            var viewer = new SourceViewer(connection, stream, WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero }));
            var variable = VariableOf(Uri.UnescapeDataString(target[Prefix.Length..]));
            var started = new TaskCompletionSource();
            _viewers[viewer] = ServeAsync(viewer, variable, started.Task);
            started.SetResult();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or UnmetExpectationException)
        {
            // It went away before it was one.
            connection.Dispose();
        }
    }

    private async Task ServeAsync(SourceViewer viewer, SourceVariable variable, Task started)
    {
        await started;
        var reading = viewer.ReadAsync();
        await variable.AddAsync(viewer, CancellationToken.None);
        await reading;
        variable.Remove(viewer);
        viewer.Dispose();
        _viewers.TryRemove(viewer, out _);
    }
}
