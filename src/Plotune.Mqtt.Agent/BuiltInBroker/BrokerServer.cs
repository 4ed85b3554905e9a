using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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

    private readonly WebApplication _app;
    private readonly MqttServer _mqtt;
    private readonly BrokerRules _rules;
    private readonly BrokerLogin _login;
    private readonly SessionExpiry _sessions;
    private readonly CancellationTokenSource _stopping = new();
    private Task _expiring = Task.CompletedTask;

    private BrokerServer(BrokerOptions options, WebApplication app, MqttServer mqtt, BrokerRules rules, BrokerLogin login, SessionExpiry sessions)
    {
        Options = options;
        _app = app;
        _mqtt = mqtt;
        _rules = rules;
        _login = login;
        _sessions = sessions;
    }

    public BrokerOptions Options { get; }

    /// <summary>Where it listens for TCP.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Port for WebSocket clients; null if there is none.</summary>
    public int? WebSocketPort { get; private set; }

    public IReadOnlyList<BrokerClient> Clients => _rules.Clients;

    public int ClientCount => _rules.ClientCount;

    public int RetainedMessages => _rules.RetainedMessages;

    public long RetainedBytes => _rules.RetainedBytes;

    /// <summary>Sessions kept, those of absent clients included, as they were a second ago.</summary>
    public int SessionCount => _sessions.Count;

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
        var mqtt = new MqttServerFactory().CreateMqttServer(
            new MqttServerOptions
            {
                DefaultCommunicationTimeout = options.Limits.ConnectTime,
                EnablePersistentSessions = true,
                MaxPendingMessagesPerClient = options.Limits.QueuedMessages,
                PendingMessagesOverflowStrategy = MqttPendingMessagesOverflowStrategy.DropNewMessage,
            },
            [handler],
            new MqttnetLog(loggerFactory.CreateLogger<MqttnetLog>()));
        var login = new BrokerLogin(options.UserName, options.Password);
        login.Trust(options.AgentToken);
        var rules = new BrokerRules(mqtt, options, login, counters, timeProvider);
        rules.Attach();
        var server = new BrokerServer(options, BuildApp(options, handler, counters, loggerFactory), mqtt, rules, login, new SessionExpiry(mqtt, timeProvider));
        try
        {
            await mqtt.StartAsync();
            var serve = handler.ClientHandler;
            handler.ClientHandler = client => serve(new NamingChannelAdapter(client, BrokerRules.NewClientIdentifier));
            await server.ListenAsync(cancellationToken);
            server._expiring = server._sessions.RunAsync(server._stopping.Token);
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

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _expiring;
        if (_mqtt.IsStarted) await _mqtt.StopAsync();
        using var patience = new CancellationTokenSource(StopTimeout);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _mqtt.Dispose();
        _login.Dispose();
        _stopping.Dispose();
    }

    private static WebApplication BuildApp(BrokerOptions options, MqttConnectionHandler handler, BrokerCounters counters, ILoggerFactory loggerFactory)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.AddSingleton(handler);
        builder.Services.AddSingleton(counters);
        builder.Services.AddSingleton<WebSocketGuard>();
        builder.Services.AddConnections();
        var gate = new ConnectionGate(options.Limits, counters);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = options.Limits.ConnectTime;
            kestrel.Listen(options.Bind, options.Port, listener =>
            {
                listener.Use(gate.CountConnections);
                listener.Use(gate.LimitPackets);
                listener.UseMqtt();
            });
            if (options.WebSocketPort is not { } port) return;
            kestrel.Listen(options.Bind, port, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                listener.Use(gate.CountConnections);
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
