using System.Net;
using System.Text;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The broker within the agent: its settings, whether it runs, and the agent's own connection to it. Thread-safe.</summary>
internal sealed partial class BuiltInBrokerService(
    IBuiltInBrokerStore store, IConnectionManager connections, PluginManifest manifest, BrokerCounters counters, TimeProvider timeProvider, ILoggerFactory loggerFactory) : IAsyncDisposable
{
    /// <summary>Name of the agent's own connection.</summary>
    public const string ConnectionName = "built-in-broker";

    private readonly ILogger _logger = loggerFactory.CreateLogger<BuiltInBrokerService>();
    private readonly SemaphoreSlim _changing = new(1);
    private volatile BrokerServer? _server;
    private volatile BuiltInBrokerSettings _settings = new();
    private volatile string _reason = "";
    private bool? _wasEnabled;
    private bool _stopped;

    public BuiltInBrokerSettings Settings => _settings;

    /// <summary>The running broker; null if it is off or cannot listen.</summary>
    public BrokerServer? Server => _server;

    /// <summary>Why it does not run although it should, as a sentence; empty if all is well.</summary>
    public string Reason => _reason;

    /// <summary>
    /// What a person should know about the connections that lead to the running broker, as sentences: with several each of its signals is there once more
    /// for every one, and without any it has no signals.
    /// </summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            if (_server is not { } server) return [];
            string[] others = [.. connections.List().Select(connection => connection.Config).Where(config => config.Enabled && config.Name != ConnectionName && LeadsTo(server, config)).Select(config => config.Name)];
            if (LeftByUser is { } left) return others.Length == 0 ? [left] : [];
            return [.. others.Select(name => $"The connection {name} leads to the built-in broker, too: with {ConnectionName} every signal is there twice. Disable or remove one of the two.")];
        }
    }

    /// <summary>That the agent is not connected to its running broker because the user wanted it so, as a sentence; null if it is, or should be.</summary>
    public string? LeftByUser => _server is null || !_settings.ConnectionMade ? null : connections.Get(ConnectionName)?.Config switch
    {
        null => $"The connection {ConnectionName} was removed: it is made again when the broker is switched off and on.",
        { Enabled: false } => $"The connection {ConnectionName} was disabled, and shows no signals.",
        _ => null,
    };

    /// <summary>Whether a connection leads to the broker, which runs.</summary>
    public bool LeadsHere(BrokerConnectionConfig config) => _server is { } server && LeadsTo(server, config);

    /// <summary>
    /// Asked for each stored connection when the agent starts. False for the agent's own while the broker does not listen where it leads to: whoever listens
    /// there is not to be given our token. Such a connection is disabled then, so that what it was is noted here.
    /// </summary>
    public bool MayConnect(BrokerConnectionConfig config)
    {
        if (config.Name != ConnectionName) return true;
        _wasEnabled = config.Enabled;
        return LeadsHere(config);
    }

    /// <summary>Starts the broker if it is switched on. To be called before the connections are started, so that ours finds it.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            _settings = await store.LoadAsync(cancellationToken) ?? manifest.BuiltInBroker;
            await RunAsync(cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Makes the agent's own connection fit the broker. To be called once the connections are started.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            await PutConnectionAsync(_wasEnabled, cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stores the settings and applies them; a broker that runs starts anew if they differ, and not if they do not. One that could not listen tries again.</summary>
    public async Task PutAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            // What the agent itself keeps is not the caller's; switching the broker on begins anew with the connection.
            settings = settings with { AgentToken = _settings.AgentToken, ConnectionMade = settings.Enabled && _settings.ConnectionMade };
            if (settings == _settings && (_server is not null || !settings.Enabled))
            {
                if (_reason.Length > 0) await PutConnectionAsync(null, cancellationToken);
                return;
            }

            await StoreAsync(settings, cancellationToken);
            // From here on the caller's patience is not asked: half a change would be worse than a late one.
            await EndAsync();
            await RunAsync(CancellationToken.None);
            await PutConnectionAsync(null, CancellationToken.None);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>To be called once the connections are stopped, so that ours says goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        try
        {
            _stopped = true;
            await EndAsync();
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        _reason = "";
        if (!_settings.Enabled) return;
        try
        {
            _server = await BrokerServer.StartAsync(_settings.ToOptions(), counters, timeProvider, loggerFactory, cancellationToken);
            Log.Listening(_logger, _server.Address);
        }
        catch (PortInUseException exception)
        {
            _reason = exception.Message;
            Log.CannotListen(_logger, exception.Message);
        }
    }

    private async Task EndAsync()
    {
        if (_server is not { } server) return;
        _server = null;
        await server.DisposeAsync();
    }

    /// <summary>
    /// The connection stays when the broker is off, disabled, so that its signals can still be looked at. Where the broker could not listen it is disabled
    /// too: whoever has the port is not to be given our token. One that the user disabled or removed while the broker was on stays as it is until that is
    /// switched off and on.
    /// </summary>
    /// <param name="wasEnabled">Whether the connection was, at the start of the agent; null to go by what it is.</param>
    private async Task PutConnectionAsync(bool? wasEnabled, CancellationToken cancellationToken)
    {
        var stored = connections.Get(ConnectionName)?.Config;
        var isEnabled = stored is not null && (wasEnabled ?? stored.Enabled);
        if (_server is not { } server)
        {
            if (stored is null || !isEnabled) return;
            await StoreAsync(_settings with { ConnectionMade = false }, cancellationToken);
            await connections.PutAsync(stored with { Enabled = false }, cancellationToken);
            return;
        }

        if (stored is null && _settings.ConnectionMade) return;
        var password = await TokenAsync(server, stored, cancellationToken);
        var config = (stored ?? new BrokerConnectionConfig { Name = ConnectionName, Host = "", Topics = [new TopicFilterConfig("#", manifest.Mqtt.QualityOfService)] }) with
        {
            Enabled = isEnabled || !_settings.ConnectionMade,
            Host = BrokerAddresses.HostOf(server.Address.Address),
            Port = server.Address.Port,
            Transport = BrokerTransport.Tcp,
            Proxy = null,
            UserName = password.IsEmpty ? "" : AgentToken.UserName,
            Password = password,
        };
        try
        {
            await connections.PutAsync(config, cancellationToken);
            if (!_settings.ConnectionMade) await StoreAsync(_settings with { ConnectionMade = true }, cancellationToken);
            _reason = "";
        }
        catch (ConnectionLimitException exception)
        {
            _reason = $"The broker runs, but the agent is not connected to it: {exception.Message}";
        }
    }

    private async Task StoreAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken)
    {
        await store.SaveAsync(settings, cancellationToken);
        _settings = settings;
    }

    /// <summary>The token the stored connection has, if the broker knows it; else a new one.</summary>
    private async Task<Secret> TokenAsync(BrokerServer server, BrokerConnectionConfig? stored, CancellationToken cancellationToken)
    {
        if (_settings.Password is null) return Secret.None;
        if (stored is { Password: { IsEmpty: false, LostName: null } } && _settings.AgentToken?.Matches(Encoding.UTF8.GetBytes(stored.Password.Reveal())) == true) return stored.Password;
        var text = AgentToken.NewText();
        var token = AgentToken.Of(text);
        await StoreAsync(_settings with { AgentToken = token }, cancellationToken);
        server.Trust(token);
        return Secret.From(text);
    }

    private static bool LeadsTo(BrokerServer server, BrokerConnectionConfig config) =>
        BrokerAddresses.LeadsTo(server.Address.Address, server.Address.Port, server.WebSocketPort, config);

    private static partial class Log
    {
        [LoggerMessage(3603, LogLevel.Information, "The built-in broker listens on {Address}")]
        public static partial void Listening(ILogger logger, IPEndPoint address);

        [LoggerMessage(3604, LogLevel.Warning, "{Reason} The agent goes on without it; it is tried again when its settings are changed.")]
        public static partial void CannotListen(ILogger logger, string reason);
    }
}
