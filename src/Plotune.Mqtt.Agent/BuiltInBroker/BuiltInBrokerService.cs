using System.Net;
using System.Text;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Supervision;

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
    private bool _stopped;

    public BuiltInBrokerSettings Settings => _settings;

    /// <summary>The running broker; null if it is off or cannot listen.</summary>
    public BrokerServer? Server => _server;

    /// <summary>Why it does not run although it should, as a sentence; empty if all is well.</summary>
    public string Reason => _reason;

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
            await PutConnectionAsync(cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stores the settings and applies them; a broker that runs starts anew if they differ, and one that could not listen tries again.</summary>
    public async Task PutAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (settings == _settings && _reason.Length == 0) return;
            await store.SaveAsync(settings, cancellationToken);
            _settings = settings;
            // From here on the caller's patience is not asked: half a change would be worse than a late one.
            await EndAsync();
            await RunAsync(CancellationToken.None);
            await PutConnectionAsync(CancellationToken.None);
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
    /// too: whoever has the port is not to be given our token.
    /// </summary>
    private async Task PutConnectionAsync(CancellationToken cancellationToken)
    {
        var stored = connections.Get(ConnectionName)?.Config;
        if (_server is not { } server)
        {
            if (stored is { Enabled: true }) await connections.PutAsync(stored with { Enabled = false }, cancellationToken);
            return;
        }

        var password = await TokenAsync(server, stored, cancellationToken);
        var config = (stored ?? new BrokerConnectionConfig { Name = ConnectionName, Host = "", Topics = [new TopicFilterConfig("#", manifest.Mqtt.QualityOfService)] }) with
        {
            Enabled = true,
            Host = HostOf(server.Address.Address),
            Port = server.Address.Port,
            UserName = password.IsEmpty ? "" : AgentToken.UserName,
            Password = password,
        };
        try
        {
            await connections.PutAsync(config, cancellationToken);
        }
        catch (ConnectionLimitException exception)
        {
            _reason = $"The broker runs, but the agent is not connected to it: {exception.Message}";
        }
    }

    /// <summary>The token the stored connection has, if the broker knows it; else a new one.</summary>
    private async Task<Secret> TokenAsync(BrokerServer server, BrokerConnectionConfig? stored, CancellationToken cancellationToken)
    {
        if (_settings.Password is null) return Secret.None;
        if (stored is { Password: { IsEmpty: false, LostName: null } } && _settings.AgentToken?.Matches(Encoding.UTF8.GetBytes(stored.Password.Reveal())) == true) return stored.Password;
        var text = AgentToken.NewText();
        var settings = _settings with { AgentToken = AgentToken.Of(text) };
        await store.SaveAsync(settings, cancellationToken);
        _settings = settings;
        server.Trust(settings.AgentToken);
        return Secret.From(text);
    }

    private static string HostOf(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : address.ToString();

    private static partial class Log
    {
        [LoggerMessage(3603, LogLevel.Information, "The built-in broker listens on {Address}")]
        public static partial void Listening(ILogger logger, IPEndPoint address);

        [LoggerMessage(3604, LogLevel.Warning, "{Reason} The agent goes on without it; it is tried again when its settings are changed.")]
        public static partial void CannotListen(ILogger logger, string reason);
    }
}
