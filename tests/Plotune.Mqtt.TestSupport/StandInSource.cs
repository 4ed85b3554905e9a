using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.TestSupport;

/// <summary>
/// Stands in for an extension whose variables are bridged: a WebSocket server on a port of its own that sends what a test tells it to, after a history if it has one. It can be switched
/// off and on again at the same port. Thread-safe.
/// </summary>
public sealed class StandInSource : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _targets = new();
    private readonly ConcurrentDictionary<WebSocket, bool> _sockets = new();
    private readonly IPAddress _address;
    private WebApplication? _app;

    private StandInSource(IPAddress address) => _address = address;

    /// <summary>The port, which stays the same while switched off.</summary>
    public int Port { get; private set; }

    /// <summary>Frames sent to everybody who connects, before anything else.</summary>
    public IReadOnlyList<string> History { get; set; } = [];

    /// <summary>Answered to every request; null accepts the WebSocket.</summary>
    public HttpStatusCode? Refusal { get; set; }

    /// <summary>Paths that were asked for, as they were sent, in order.</summary>
    public IReadOnlyList<string> Targets => [.. _targets];

    /// <summary>Open connections.</summary>
    public int Connected => _sockets.Count;

    /// <summary>Connections that ended with a goodbye.</summary>
    public int Goodbyes { get; private set; }

    public static async Task<StandInSource> StartAsync(IPAddress? address = null)
    {
        var source = new StandInSource(address ?? IPAddress.Loopback);
        await source.SwitchOnAsync();
        return source;
    }

    /// <summary>Listens again, at the same port as before.</summary>
    public async Task SwitchOnAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(_address, Port));
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(ServeAsync);
        await app.StartAsync();
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _app = app;
    }

    /// <summary>Stops listening and drops every connection without a word.</summary>
    public async Task SwitchOffAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    /// <summary>Closes every connection in good order.</summary>
    public async Task CloseAllAsync(WebSocketCloseStatus status, string description)
    {
        foreach (var (socket, _) in _sockets) await socket.CloseOutputAsync(status, description, CancellationToken.None);
    }

    /// <summary>Sends text frames to everybody connected.</summary>
    public async Task SendAsync(params IEnumerable<string> frames)
    {
        foreach (var frame in frames) await SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);
    }

    /// <summary>Sends one message in frames of at most <paramref name="frameBytes"/>.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, WebSocketMessageType type, int frameBytes = int.MaxValue)
    {
        foreach (var (socket, _) in _sockets)
        {
            var rest = message;
            do
            {
                var part = rest[..Math.Min(frameBytes, rest.Length)];
                rest = rest[part.Length..];
                await socket.SendAsync(part, type, rest.IsEmpty, CancellationToken.None);
            }
            while (!rest.IsEmpty);
        }
    }

    public ValueTask DisposeAsync() => new(SwitchOffAsync());

    private async Task ServeAsync(HttpContext context)
    {
        _targets.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (Refusal is { } refusal)
        {
            context.Response.StatusCode = (int)refusal;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        foreach (var frame in History) await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, context.RequestAborted);
        _sockets[socket] = true;
        try
        {
            var buffer = new byte[1024];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
                if (received.MessageType != WebSocketMessageType.Close) continue;
                Goodbyes++;
                if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                return;
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            // It has gone.
        }
        finally
        {
            _sockets.TryRemove(socket, out _);
        }
    }
}
