using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Metrics;
using Plotune.Mqtt.Agent.Monitor;
using Plotune.Mqtt.Agent.Monitor.Diagnosis;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;
using Serilog;
using Serilog.Core;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>The agent put together: HTTP server, connections and the link to Core, started and stopped in order.</summary>
internal sealed partial class AgentApplication : IAsyncDisposable
{
    /// <summary>How long stopping may take before what is left is cut off.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4.5);

    private readonly AgentSettings _settings;
    private readonly WebApplication _app;
    private readonly IConnectionManager _connections;
    private readonly BuiltInBrokerService _builtInBroker;
    private readonly EventSourceService _eventSources;
    private readonly BridgeService _bridges;
    private readonly Microsoft.Extensions.Logging.ILogger _logger;

    private AgentApplication(AgentSettings settings, WebApplication app)
    {
        _settings = settings;
        _app = app;
        _connections = app.Services.GetRequiredService<IConnectionManager>();
        _builtInBroker = app.Services.GetRequiredService<BuiltInBrokerService>();
        _eventSources = app.Services.GetRequiredService<EventSourceService>();
        _bridges = app.Services.GetRequiredService<BridgeService>();
        _logger = app.Services.GetRequiredService<ILogger<AgentApplication>>();
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where the agent listens; known once started.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>The port Core is told.</summary>
    private int CorePort { get; set; }

    private bool HasCoreListener => _settings.Token is not null && !_settings.Standalone;

    /// <param name="logger">Stays its owner's.</param>
    /// <param name="addState">Registers the signal store and the connection manager.</param>
    public static AgentApplication Build(AgentSettings settings, Logger logger, Action<IServiceCollection> addState)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // Settings come from plugin.json, from the environment variables of the contract and from the command line; from nowhere else.
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(logger);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTimeout);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        // What is written leaves on the thread that writes it: another one to wake costs more than the write, and viewers wait for it. Nothing here blocks on it.
        builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = RequestBody.MaximumBytes;
            options.Listen(settings.Bind, settings.Port);
            // Core cannot send a token: where one is asked for, Core gets a listener of its own that only this computer reaches.
            if (settings.Token is not null && !settings.Standalone) options.Listen(IPAddress.Loopback, 0);
        });
        AddServices(builder.Services, settings);
        addState(builder.Services);
        var app = builder.Build();
        MapRequests(app);
        return new AgentApplication(settings, app);
    }

    /// <summary>Runs until stopped by a signal, by <c>GET /stop</c>, by Core being lost, or by <paramref name="cancellationToken"/>.</summary>
    /// <param name="listening">Called once the server listens, before any connection is made.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    /// <exception cref="PortInUseException">The address cannot be listened at.</exception>
    public async Task<int> RunAsync(Action<AgentApplication> listening, CancellationToken cancellationToken = default)
    {
        await ListenAsync(cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_app.Lifetime.ApplicationStopping, cancellationToken);
        var link = _settings.Standalone ? null : Services.GetRequiredService<RuntimeQueue>();
        if (link is not null) _connections.EventOccurred += link.Offer;
        if (link is not null) _bridges.EventOccurred += link.Offer;
        try
        {
            listening(this);
            await _bridges.LoadAsync(ending.Token);
            await _builtInBroker.StartAsync(ending.Token);
            await _connections.StartAsync(_builtInBroker.MayConnect, ending.Token);
            await _builtInBroker.ConnectAsync(ending.Token);
            await ConnectAsync(ending.Token);
            await _eventSources.StartAsync(ending.Token);
            _bridges.Start();
            Services.GetRequiredService<StartGate>().Open();
            return await WaitAsync(link, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
        finally
        {
            if (link is not null) _connections.EventOccurred -= link.Offer;
            if (link is not null) _bridges.EventOccurred -= link.Offer;
            Services.GetRequiredService<StartGate>().Open();
            await StopAsync();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddServices(IServiceCollection services, AgentSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Manifest);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new AccessOptions
        {
            Bind = settings.Bind,
            Token = settings.Token,
            CoreAddress = settings.Standalone ? null : settings.Manifest.CoreAddress,
            AllowedOrigins = settings.Manifest.AllowedOrigins,
        });
        services.AddSingleton<HostAndOriginGuard>();
        services.AddSingleton<TokenGuard>();
        services.AddSingleton<GuardMiddleware>();
        services.AddSingleton<StartGate>();
        services.AddSingleton<ErrorMiddleware>();
        services.AddSingleton<FormChoice>();
        services.AddSingleton<SendPace>();
        services.AddSingleton(new ViewerSlots(settings.Manifest.Limits.Viewers, settings.Manifest.Limits.ViewerBuffer));
        services.AddSingleton<ViewerHost>();
        services.AddSingleton(provider => new CoreClient(settings.Manifest.CoreAddress, provider.GetRequiredService<ILogger<CoreClient>>()));
        services.AddSingleton<CoreLink>();
        services.AddSingleton<CoreService>();
        services.AddSingleton<RuntimeQueue>();
        services.AddSingleton<AgentMetrics>();
        services.AddSingleton(provider => new BrokerCounters(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<BrokerCounters>>()));
        services.AddSingleton<Producers>();
        services.AddSingleton<OwnTopics>();
        services.AddSingleton(new BridgeLimits());
        services.AddSingleton<BridgeService>();
        services.AddSingleton<BridgeEndpoints>();
        services.AddSingleton<BridgeMetrics>();
        services.AddSingleton<BuiltInBrokerService>();
        services.AddSingleton<BuiltInBrokerMetrics>();
        services.AddSingleton<BuiltInBrokerEndpoints>();
        services.AddSingleton<EventSourceService>();
        services.AddSingleton<EventSourceMetrics>();
        services.AddSingleton<EventSourceEndpoints>();
        services.AddSingleton<PlotuneEndpoints>();
        services.AddSingleton<FormEndpoints>();
        services.AddSingleton<AgentStatus>();
        services.AddSingleton<StatusEndpoints>();
        services.AddSingleton<Diagnostician>();
        services.AddSingleton<ConnectionEndpoints>();
        services.AddSingleton<SignalEndpoints>();
        services.AddSingleton<MessageEndpoints>();
        services.AddSingleton<PublishEndpoint>();
        services.AddSingleton<DeadLetterEndpoints>();
        services.AddSingleton<FetchEndpoint>();
        services.AddSingleton<LiveEndpoint>();
        services.AddSingleton<MonitorStatus>();
        services.AddSingleton<MonitorEndpoint>();
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("plotune-mqtt")).WithMetrics(metrics => metrics.AddMeter(AgentMetrics.MeterName).AddPrometheusExporter());
    }

    private static void MapRequests(WebApplication app)
    {
        app.UseMiddleware<GuardMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<StartGate>();
        app.Use(ViewerUpgradeFeature.Install);
        app.UseWebSockets();
        app.UseRouting();
        app.Services.GetRequiredService<PlotuneEndpoints>().Map(app);
        app.Services.GetRequiredService<FormEndpoints>().Map(app);
        app.Services.GetRequiredService<StatusEndpoints>().Map(app);
        app.Services.GetRequiredService<ConnectionEndpoints>().Map(app);
        app.Services.GetRequiredService<SignalEndpoints>().Map(app);
        app.Services.GetRequiredService<MessageEndpoints>().Map(app);
        app.Services.GetRequiredService<PublishEndpoint>().Map(app);
        app.Services.GetRequiredService<DeadLetterEndpoints>().Map(app);
        app.Services.GetRequiredService<FetchEndpoint>().Map(app);
        app.Services.GetRequiredService<LiveEndpoint>().Map(app);
        app.Services.GetRequiredService<MonitorEndpoint>().Map(app);
        MonitorPage.Map(app);
        app.Services.GetRequiredService<BuiltInBrokerEndpoints>().Map(app);
        app.Services.GetRequiredService<BridgeEndpoints>().Map(app);
        app.Services.GetRequiredService<EventSourceEndpoints>().Map(app);
        app.Services.GetRequiredService<AgentMetrics>();
        app.Services.GetRequiredService<BuiltInBrokerMetrics>();
        app.Services.GetRequiredService<BridgeMetrics>();
        app.Services.GetRequiredService<EventSourceMetrics>();
        app.MapPrometheusScrapingEndpoint("/metrics");
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new PortInUseException($"cannot listen at {new IPEndPoint(_settings.Bind, _settings.Port)}: {(exception.InnerException ?? exception).Message}", exception);
        }

        Uri[] addresses = [.. _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address))];
        Address = addresses[0];
        CorePort = addresses[^1].Port;
        if (HasCoreListener) Services.GetRequiredService<TokenGuard>().CorePort = CorePort;
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        foreach (var address in _settings.Connect)
        {
            var stored = _connections.Get(ConnectionDefaults.NameOf(address))?.Config;
            await _connections.PutAsync(ConnectionDefaults.Merge(stored, address, _settings.Manifest.Mqtt), cancellationToken);
        }
    }

    private async Task<int> WaitAsync(RuntimeQueue? link, CancellationTokenSource ending)
    {
        if (link is null)
        {
            await Task.Delay(Timeout.Infinite, ending.Token);
            return ExitCode.Stopped;
        }

        var core = Services.GetRequiredService<CoreService>().RunAsync(CorePort, ending.Token);
        var announcing = link.RunAsync(ending.Token);
        await Task.WhenAny(core, announcing);
        await ending.CancelAsync();
        await announcing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (announcing.IsFaulted) await announcing;
        Log.CoreLost(_logger, await core);
        return ExitCode.CoreLost;
    }

    private async Task StopAsync()
    {
        using var patience = new CancellationTokenSource(StopTimeout);
        var connections = StopConnectionsAsync(patience.Token);
        await _app.StopAsync(patience.Token);
        try
        {
            await connections;
        }
        catch (OperationCanceledException)
        {
            Log.StopTookTooLong(_logger, StopTimeout.TotalSeconds);
        }

        await _builtInBroker.DisposeAsync();
    }

    /// <summary>Sources first: what they sent is to be in the queue before its connection ends.</summary>
    private async Task StopConnectionsAsync(CancellationToken patience)
    {
        await Task.WhenAll(_bridges.StopAsync(), _eventSources.DisposeAsync().AsTask()).WaitAsync(patience);
        await _connections.StopAsync(patience);
    }

    private static partial class Log
    {
        [LoggerMessage(3400, LogLevel.Critical, "{Reason} The agent stops; --standalone runs without Core.")]
        public static partial void CoreLost(Microsoft.Extensions.Logging.ILogger logger, string reason);

        [LoggerMessage(3401, LogLevel.Warning, "Stopping took longer than {Seconds} s; the rest was cut off")]
        public static partial void StopTookTooLong(Microsoft.Extensions.Logging.ILogger logger, double seconds);
    }
}
