using System.Globalization;
using System.Text.Json;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads and validates plugin.json. The file is never written.</summary>
internal static class PluginManifestReader
{
    public const string FileName = "plugin.json";

    private const int MaximumBytes = 1 << 20;

    /// <summary>The manifest, or null with every fault in <paramref name="faults"/>.</summary>
    public static PluginManifest? ReadFile(string path, FaultList faults)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                faults.Add(FileName, $"not found at {path}");
                return null;
            }

            if (file.Length > MaximumBytes)
            {
                faults.Add(FileName, "is larger than 1 MiB");
                return null;
            }

            return Read(File.ReadAllText(path), faults);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            faults.Add(FileName, $"cannot be read: {exception.Message}");
            return null;
        }
    }

    public static PluginManifest? Read(string json, FaultList faults)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return Read(json, document.RootElement, faults);
            faults.Add(FileName, "must hold a JSON object");
        }
        catch (JsonException exception)
        {
            faults.Add(FileName, $"is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }

        return null;
    }

    private static PluginManifest? Read(string json, JsonElement root, FaultList faults)
    {
        var before = faults.Count;
        var fields = new JsonFields(root, "", faults);
        CheckTexts(fields);
        fields.Choice("mode", ("online", 0), ("offline", 1), ("hybrid", 2));
        foreach (var required in (string[])["mode", "enabled", "ask_form", "cmd", "file_formats", "connection", "configuration"]) Require(fields, required);
        if (!root.TryGetProperty("webpage", out _)) faults.Add("webpage", "is missing (it may be null)");
        fields.Text("webpage");
        fields.Flag("enabled");
        fields.Flag("ask_form");
        if (CheckTextList(fields, "cmd") is { Count: 0 }) faults.Add("cmd", "must name a program");
        CheckTextList(fields, "file_formats");
        var (host, port) = ReadConnection(fields.Object("connection"));
        var configuration = fields.Object("configuration");
        var manifest = new PluginManifest(json)
        {
            Id = fields.Text("id") ?? "",
            Name = fields.Text("name") ?? "",
            Version = fields.Text("version") ?? "",
            CoreHost = host,
            CorePort = port,
            Mqtt = ReadMqtt(configuration?.Object("mqtt_settings")),
            Limits = ConfiguredLimits.Read(configuration?.Object("limits")),
            BuiltInBroker = configuration?.Object("builtInBroker") is { } broker ? BuiltInBrokerReader.Read(broker, new BuiltInBrokerSettings()) : new BuiltInBrokerSettings(),
            EventSources = configuration is { } eventSources ? ReadEventSources(eventSources) : [],
            BridgeConnection = configuration?.Object("bridge")?.Text("connection") ?? "",
            LogLevel = LogLevelText.Read(configuration, "log_level"),
            AllowedOrigins = configuration is { } settings ? ReadOrigins(settings) : [],
        };
        return faults.Count == before ? manifest : null;
    }

    private static void CheckTexts(JsonFields fields)
    {
        foreach (var name in (string[])["name", "id", "version"])
        {
            if (!Require(fields, name)) continue;
            if (fields.Text(name) is { } text && string.IsNullOrWhiteSpace(text)) fields.Faults.Add(name, "must not be empty");
        }

        foreach (var name in (string[])["description", "author", "category", "git_path", "post_url", "last_updated"])
        {
            if (Require(fields, name)) fields.Text(name);
        }

        if (fields.Find("last_updated") is { ValueKind: JsonValueKind.String } updated
            && !DateTimeOffset.TryParse(updated.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            fields.Faults.Add("last_updated", "must be an ISO 8601 date");
        }
    }

    private static bool Require(JsonFields fields, string name)
    {
        if (fields.Has(name)) return true;
        fields.Faults.Add(fields.NameOf(name), "is missing");
        return false;
    }

    private static List<string>? CheckTextList(JsonFields fields, string name)
    {
        if (fields.Array(name) is not { } list) return null;
        var texts = new List<string>();
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.String) texts.Add(entry.GetString()!);
            else fields.Faults.Add($"{fields.NameOf(name)}[{texts.Count}]", "must be a text");
        }

        return texts;
    }

    private static (string Host, int Port) ReadConnection(JsonFields? connection)
    {
        if (connection is not { } fields) return ("", 0);
        foreach (var name in (string[])["ip", "port", "target", "target_port"]) Require(fields, name);
        fields.Text("ip");
        fields.Number("port", 0, 65_535);
        var target = fields.Text("target");
        if (target is not null && Uri.CheckHostName(target.Trim('[', ']')) == UriHostNameType.Unknown)
        {
            fields.Faults.Add(fields.NameOf("target"), $"'{target}' is no host name or address");
            target = null;
        }

        return (target ?? "", fields.Number("target_port", 1, 65_535) ?? 0);
    }

    private static MqttDefaults ReadMqtt(JsonFields? settings)
    {
        var defaults = new MqttDefaults();
        if (settings is not { } fields) return defaults;
        var topic = fields.Text("default_topic");
        if (topic is not null && MqttTopic.FilterError(topic) is { } fault) fields.Faults.Add(fields.NameOf("default_topic"), fault);
        return new MqttDefaults
        {
            Topic = topic ?? defaults.Topic,
            KeepAlive = fields.Number("keepalive", 0, 65_535) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.KeepAlive,
            QualityOfService = (QualityOfService?)fields.Number("qos", 0, 2) ?? defaults.QualityOfService,
            CleanSession = fields.Flag("clean_session") ?? defaults.CleanSession,
        };
    }

    private static List<RedisSourceSettings> ReadEventSources(JsonFields configuration)
    {
        var sources = new List<RedisSourceSettings>();
        if (configuration.Array("event_sources") is not { } list) return sources;
        foreach (var entry in list.EnumerateArray())
        {
            var fields = new JsonFields(entry, $"{configuration.NameOf("event_sources")}[{sources.Count}].", configuration.Faults);
            var source = new RedisSourceReader(stored: null).Read(fields.Text("name") ?? "", fields);
            if (sources.Exists(other => other.Name == source.Name)) fields.Faults.Add(fields.NameOf("name"), $"'{source.Name}' is there twice");
            sources.Add(source);
        }

        return sources;
    }

    private static List<string> ReadOrigins(JsonFields configuration)
    {
        var origins = CheckTextList(configuration, "allowed_origins") ?? [];
        foreach (var origin in origins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var address) || address.PathAndQuery is not ("/" or ""))
            {
                configuration.Faults.Add(configuration.NameOf("allowed_origins"), $"'{origin}' is no origin such as http://bench-pc:8000");
            }
        }

        return origins;
    }
}
