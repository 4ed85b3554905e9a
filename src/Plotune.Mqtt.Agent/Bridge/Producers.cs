using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>
/// Chooses the connection that bridged variables are published through: the one named in plugin.json, else of those that are switched on the one that was most
/// recently set as producer. Follows the settings. Thread-safe.
/// </summary>
internal sealed partial class Producers
{
    private readonly IConnectionManager _connections;
    private readonly string _named;
    private readonly ILogger _logger;
    private readonly Lock _choosing = new();
    private readonly Pulse _changed = new();
    private volatile ProducerChoice _choice;

    public Producers(IConnectionManager connections, PluginManifest manifest, ILogger<Producers> logger)
    {
        _connections = connections;
        _named = manifest.BridgeConnection;
        _logger = logger;
        _choice = None("");
        connections.SettingsChanged += Choose;
        Choose();
    }

    public ProducerChoice Current => _choice;

    /// <summary>Completes when <see cref="Current"/> changes. Take it, look at the current choice, then wait.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether this is the connection bridged variables are published through.</summary>
    public bool IsChosen(string connection) => _choice.Producer?.Connection == connection;

    private void Choose()
    {
        lock (_choosing)
        {
            var choice = Choose(_connections.List(), _named);
            if (choice == _choice) return;
            if (choice.Producer?.Connection != _choice.Producer?.Connection) Log.Chosen(_logger, choice.Producer?.Connection ?? "none");
            _choice = choice;
        }

        _changed.Set();
    }

    private static ProducerChoice Choose(IReadOnlyList<ConnectionSnapshot> connections, string named)
    {
        if (named.Length > 0) return ChooseNamed(connections.Select(connection => connection.Config).FirstOrDefault(config => config.Name == named), named);
        BrokerConnectionConfig[] producers = [.. connections.Select(connection => connection.Config).Where(config => config.Producer)];
        // Settings from before this was remembered come last, and among themselves by name.
        var newest = producers.Where(config => config.Enabled).OrderByDescending(config => config.ProducerSince ?? DateTimeOffset.MinValue).FirstOrDefault();
        if (newest is not null) return Choice(newest);
        return None(producers is [var off, ..]
            ? $"The producer connection '{off.Name}' is switched off. Switch it on, or set another connection as producer."
            : "There is no producer connection to publish through. Set a connection as producer: in the form with 'Set as producer'.");
    }

    private static ProducerChoice ChooseNamed(BrokerConnectionConfig? config, string named) => config switch
    {
        null => None($"plugin.json names '{named}' as the connection for bridges, but there is no such connection."),
        { Producer: false } => None($"plugin.json names '{named}' as the connection for bridges, but it is not set as producer."),
        { Enabled: false } => None($"The connection '{named}', which plugin.json names for bridges, is switched off."),
        _ => Choice(config),
    };

    private static ProducerChoice Choice(BrokerConnectionConfig config)
    {
        // Stored by an earlier version it may have a slash at its end.
        var topic = ProducerTopics.BaseOf(config.ProducerTopic);
        return new ProducerChoice(new Producer(config.Name, topic.Length > 0 ? topic : ProducerTopics.Default, config.ProducerQos, config.Retain), "");
    }

    private static ProducerChoice None(string reason) => new(null, reason);

    private static partial class Log
    {
        [LoggerMessage(3735, LogLevel.Information, "Bridged variables are published through connection {Connection}")]
        public static partial void Chosen(ILogger logger, string connection);
    }
}
