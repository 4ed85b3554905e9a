using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using MQTTnet.Adapter;
using MQTTnet.AspNetCore;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Plotune.Mqtt.Agent.Hosting;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// One running broker: MQTTnet's server on a Kestrel of its own, so that it shares neither port nor guards nor limits with the agent's HTTP server.
/// Retained messages and sessions live in memory and end with it.
/// </summary>
internal sealed class BrokerServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a connection may be silent before the system asks whether its peer is still there.</summary>
    private static readonly TimeSpan DeadPeerTime = TimeSpan.FromMinutes(2);

    /// <summary>What Kestrel takes off a connection before MQTTnet asks for it; a larger packet is still read whole. Kept small because it needs no password.</summary>
    private const int ReadBufferBytes = 64 << 10;

    private const int SocketBufferBytes = 256 << 10;

    private readonly WebApplication _app;
    private readonly MqttServer _mqtt;
    private readonly BrokerRules _rules;
    private readonly BrokerLogin _login;
    private readonly BrokerCounters _counters;
    private readonly SessionRegistry _sessions;
    private readonly RetainedTurn _turn = new();
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private Task _sweeping = Task.CompletedTask;

    private BrokerServer(BrokerOptions options, BrokerCounters counters, MqttConnectionHandler handler, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        Options = options;
        _counters = counters;
        _timeProvider = timeProvider;
        _mqtt = new MqttServerFactory().CreateMqttServer(
            new MqttServerOptions
            {
                DefaultCommunicationTimeout = options.Limits.ConnectTime,
                EnablePersistentSessions = true,
                MaxPendingMessagesPerClient = options.Limits.QueuedMessages,
                PendingMessagesOverflowStrategy = MqttPendingMessagesOverflowStrategy.DropNewMessage,
            },
            [handler],
            new MqttnetLog(loggerFactory.CreateLogger<MqttnetLog>()));
        _login = new BrokerLogin(options.UserName, options.Password);
        _login.Trust(options.AgentToken);
        _sessions = new SessionRegistry(_mqtt, options.Limits, timeProvider, loggerFactory.CreateLogger<SessionRegistry>());
        _rules = new BrokerRules(_mqtt, options.Limits, _login, _sessions, counters);
        _app = BuildApp(options, handler, counters, timeProvider, loggerFactory);
    }

    public BrokerOptions Options { get; }

    /// <summary>Where it listens for TCP.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Port for WebSocket clients; null if there is none.</summary>
    public int? WebSocketPort { get; private set; }

    public IReadOnlyList<BrokerClient> Clients => _sessions.Clients;

    public int ClientCount => _sessions.ClientCount;

    /// <inheritdoc cref="SessionRegistry.QueuedBytes"/>
    public long QueuedBytes => _sessions.QueuedBytes;

    public int RetainedMessages => _rules.RetainedMessages;

    public long RetainedBytes => _rules.RetainedBytes;

    /// <inheritdoc cref="SessionRegistry.SessionCount"/>
    public int SessionCount => _sessions.SessionCount;

    /// <summary>Where WebSocket clients connect to; null if they cannot.</summary>
    public Uri? WebSocketAddress => WebSocketPort is { } port ? new Uri($"ws://{new IPEndPoint(Address.Address, port)}{WebSocketGuard.Path}") : null;

    /// <inheritdoc cref="BrokerLogin.Trust"/>
    public void Trust(AgentToken token) => _login.Trust(token);

    /// <summary>Starts a broker.</summary>
    /// <param name="options">Valid by <see cref="BrokerOptionsRules"/>.</param>
    /// <exception cref="PortInUseException">An address cannot be listened at.</exception>
    public static async Task<BrokerServer> StartAsync(
        BrokerOptions options, BrokerCounters counters, TimeProvider timeProvider, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var handler = new MqttConnectionHandler();
        var server = new BrokerServer(options, counters, handler, timeProvider, loggerFactory);
        try
        {
            server._rules.Attach();
            await server._mqtt.StartAsync();
            var serve = handler.ClientHandler;
            handler.ClientHandler = connection => server.ServeAsync(serve, connection);
            await server.ListenAsync(cancellationToken);
            server._sweeping = server._sessions.RunAsync(server._stopping.Token);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Cuts a client's connection without a goodbye, as if its cable were pulled: its will is published.</summary>
    public async Task DropAsync(string clientId)
    {
        var client = (await _mqtt.GetClientsAsync()).FirstOrDefault(client => client.Id == clientId);
        if (client is not null) await client.DisconnectAsync(new MqttServerClientDisconnectOptions { ReasonCode = MqttDisconnectReasonCode.NormalDisconnection });
    }

    /// <summary>Says goodbye to the clients and closes what is left after a bounded time. To be called once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sweeping;
        using var patience = new CancellationTokenSource(StopTimeout);
        // MQTTnet takes leave of one client after the other; where that takes too long Kestrel closes the connections, and MQTTnet is done, too.
        var stopping = _mqtt.IsStarted ? _mqtt.StopAsync() : Task.CompletedTask;
        await Task.WhenAny(stopping, Task.Delay(StopTimeout / 2, _timeProvider));
        await _app.StopAsync(patience.Token);
        await stopping;
        await _app.DisposeAsync();
        _mqtt.Dispose();
        _login.Dispose();
        _sessions.Dispose();
        _turn.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(Func<IMqttChannelAdapter, Task> serve, IMqttChannelAdapter connection)
    {
        var channel = new BrokerChannel(connection, Options.Limits, _counters, _sessions, _turn, _timeProvider, _stopping.Token);
        try
        {
            await serve(channel);
        }
        finally
        {
            channel.GiveTurnBack();
            _sessions.Leave(channel);
        }
    }

    private static WebApplication BuildApp(BrokerOptions options, MqttConnectionHandler handler, BrokerCounters counters, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.AddSingleton(handler);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(counters);
        builder.Services.AddSingleton<WebSocketGuard>();
        builder.Services.AddConnections();
        var gate = new ConnectionGate(options.Limits, counters, timeProvider);
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.MaxReadBufferSize = ReadBufferBytes;
            sockets.CreateBoundListenSocket = CreateListener;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.KeepAliveTimeout = options.Limits.ConnectTime;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = options.Limits.ConnectTime;
            Listen(kestrel, options.Bind, options.Port, listener =>
            {
                listener.Use(gate.CountConnections);
                listener.Use(gate.CloseInTime);
                listener.Use(gate.LimitPackets);
                listener.UseMqtt();
            });
            if (options.WebSocketPort is not { } port) return;
            Listen(kestrel, options.Bind, port, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.Use(gate.CountConnections);
                listener.Use(gate.CountIdle);
            });
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.UseMiddleware<WebSocketGuard>();
        app.UseRouting();
        var dispatching = new HttpConnectionDispatcherOptions { Transports = HttpTransportType.WebSockets };
        dispatching.WebSockets.SubProtocolSelector = MqttSubProtocolSelector.SelectSubProtocol;
        app.MapConnections(WebSocketGuard.Path, dispatching, connection =>
        {
            connection.Use(gate.LimitPackets);
            connection.UseMqtt();
        });
        return app;
    }

    /// <summary>Where IPv6 is switched off, all addresses are those of IPv4.</summary>
    private static void Listen(KestrelServerOptions kestrel, IPAddress address, int port, Action<ListenOptions> configure)
    {
        if (address.Equals(IPAddress.IPv6Any)) kestrel.ListenAnyIP(port, configure);
        else kestrel.Listen(address, port, configure);
    }

    /// <summary>
    /// Accepted connections inherit TCP keep-alive, without which a client with Keep Alive 0 that lost its network would keep its place for ever, and buffers
    /// that the system does not enlarge to megabytes for a client that does not read.
    /// </summary>
    private static Socket CreateListener(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SendBufferSize = SocketBufferBytes;
        socket.ReceiveBufferSize = SocketBufferBytes;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)DeadPeerTime.TotalSeconds);
        return socket;
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            var ports = Options.WebSocketPort is { } port ? $" or {new IPEndPoint(Options.Bind, port)}" : "";
            throw new PortInUseException($"The built-in broker cannot listen at {new IPEndPoint(Options.Bind, Options.Port)}{ports}: {(exception.InnerException ?? exception).Message}", exception);
        }

        Uri[] addresses = [.. _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address))];
        Address = new IPEndPoint(Options.Bind, addresses[0].Port);
        if (Options.WebSocketPort is not null) WebSocketPort = addresses[1].Port;
    }
}
