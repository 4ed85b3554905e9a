using System.Globalization;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>plugin.json after validation: what the agent uses of it, and the document itself for the registration.</summary>
internal sealed record PluginManifest
{
    private readonly string _json;

    /// <param name="json">The document as it is on disk.</param>
    public PluginManifest(string json) => _json = json;

    /// <summary>The extension's name towards Core.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Where Plotune Core listens.</summary>
    public required string CoreHost { get; init; }

    /// <inheritdoc cref="CoreHost"/>
    public required int CorePort { get; init; }

    public Uri CoreAddress => new UriBuilder("http", CoreHost, CorePort).Uri;

    public MqttDefaults Mqtt { get; init; } = new();

    /// <summary><c>configuration.limits</c>.</summary>
    public ConfiguredLimits Limits { get; init; } = new();

    /// <summary><c>configuration.builtInBroker</c>; counts until somebody changes the settings by form or API.</summary>
    public BuiltInBrokerSettings BuiltInBroker { get; init; } = new();

    /// <summary><c>configuration.event_sources</c>; each counts until somebody changes or deletes it by the API. (default: none)</summary>
    public IReadOnlyList<RedisSourceSettings> EventSources { get; init; } = [];

    /// <summary><c>configuration.bridge.connection</c>: the producer that is used whatever others there are; empty leaves the choice to the settings of the connections. (default: empty)</summary>
    public string BridgeConnection { get; init; } = "";

    /// <summary><c>configuration.log_level</c>; null means not said.</summary>
    public LogEventLevel? LogLevel { get; init; }

    /// <summary><c>configuration.allowed_origins</c>: origins, besides our own and Core's, whose pages may call the agent. (default: none)</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The whole document with the real port in <c>connection.port</c>, and with <c>***</c> for each secret: the body of <c>POST /register</c>.</summary>
    public string ForRegistration(int port)
    {
        var document = JsonNode.Parse(_json)!;
        Mask(document["configuration"]);
        document["connection"]!["port"] = JsonNode.Parse(port.ToString(CultureInfo.InvariantCulture));
        return document.ToJsonString();
    }

    private static void Mask(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var entry in list) Mask(entry);
        }
        else if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields.ToArray())
            {
                if (name is "password" or "key" or "keyPassword" && value is JsonValue) fields[name] = Secret.Mask;
                else Mask(value);
            }
        }
    }
}
