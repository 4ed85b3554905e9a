using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// Turns the body of <c>PUT /api/event-sources/{name}</c>, or an entry of <c>event_sources</c> in plugin.json, into <see cref="RedisSourceSettings"/>: replaces
/// whole, but for secrets and <c>tlsSettings</c>, which stay as stored where they are absent.
/// </summary>
/// <param name="stored">The source so far; null if it is new.</param>
internal sealed class RedisSourceReader(RedisSourceSettings? stored)
{
    private const int MaximumKeys = 8;
    private const int MaximumKeyBytes = 512;
    private const int MaximumConnections = 64;
    private const int MaximumRules = 1_000;
    private const int MaximumDatabase = 1_000_000;

    /// <returns>Of use only if there are no faults.</returns>
    public RedisSourceSettings Read(string name, JsonFields fields)
    {
        if (ConnectionNameRules.Error(name) is { } nameError) fields.Fault("name", nameError);
        if (fields.Text("name") is { } repeated && repeated != name) fields.Fault("name", $"the body says '{repeated}', the address says '{name}'");
        var defaults = new RedisSourceSettings { Name = name, Connections = [] };
        var settings = defaults with
        {
            Enabled = fields.Flag("enabled") ?? true,
            Host = ReadHost(fields) ?? defaults.Host,
            Port = fields.Number("port", 1, 65_535) ?? defaults.Port,
            Database = fields.Number("db", 0, MaximumDatabase) ?? defaults.Database,
            UserName = ReadUserName(fields),
            Password = fields.Secret("password", stored?.Password),
            UsesTls = fields.Flag("tls") ?? false,
            Tls = SecurityReader.ReadTls(fields.Object("tlsSettings"), stored?.Tls ?? TlsConfig.Default),
            Lists = ReadKeys(fields, "lists", RedisSourceSettings.MaximumLists) ?? defaults.Lists,
            StatusKeys = ReadKeys(fields, "statusKeys", MaximumKeys) ?? defaults.StatusKeys,
            ControlLists = ReadKeys(fields, "controlLists", MaximumKeys) ?? defaults.ControlLists,
            Connections = ReadConnections(fields),
            TopicPrefix = ReadTopicPrefix(fields),
            QualityOfService = (QualityOfService?)fields.Number("qos", 0, 2),
            Retain = fields.Flag("retain"),
            Events = ReadEvents(fields),
            Topics = ReadTopics(fields),
        };
        CheckKeys(settings, fields);
        return settings;
    }

    private static string? ReadHost(JsonFields fields)
    {
        if (fields.Text("host") is not { } text) return null;
        var host = text.Trim() is ['[', .. var inner, ']'] ? inner : text.Trim();
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) fields.Fault("host", "must be a host name or an IP address alone, such as 127.0.0.1; the port is a member of its own");
        return host;
    }

    private static string ReadUserName(JsonFields fields)
    {
        var name = fields.MqttText("username") ?? "";
        if (name.Any(char.IsControl)) fields.Fault("username", "must not hold control characters");
        return name;
    }

    private static string ReadTopicPrefix(JsonFields fields)
    {
        if (fields.Text("topicPrefix") is not { Length: > 0 } prefix) return "";
        fields.Fault("topicPrefix", PublishTopic.Error(prefix));
        return prefix;
    }

    private static ValueList<string>? ReadKeys(JsonFields fields, string member, int limit)
    {
        if (ReadTexts(fields, member) is not { } keys) return null;
        if (keys.Count > limit) fields.Fault(member, $"holds more than {limit} names");
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i].Length == 0 || keys[i].Any(char.IsControl) || Encoding.UTF8.GetByteCount(keys[i]) > MaximumKeyBytes)
                fields.Fault($"{member}[{i}]", $"must be a key of 1 to {MaximumKeyBytes} bytes without control characters");
            else if (RedisKeys.IsOurs(keys[i]))
                fields.Fault($"{member}[{i}]", "is the name of a key that the agent itself writes");
        }

        return [.. keys.Distinct(StringComparer.Ordinal)];
    }

    private static ValueList<string> ReadConnections(JsonFields fields)
    {
        var names = fields.Find("connection") is { ValueKind: JsonValueKind.Array } ? ReadTexts(fields, "connection") ?? [] : fields.Text("connection") is { Length: > 0 } name ? [name] : [];
        for (var i = 0; i < names.Count; i++) fields.Fault($"connection[{i}]", ConnectionNameRules.Error(names[i]));
        if (names.Count > MaximumConnections) fields.Fault("connection", $"holds more than {MaximumConnections} names");
        if (names.Count == 0 && !fields.Faults.Has(fields.NameOf("connection"))) fields.Fault("connection", "is missing: name the broker connection, or a list of them, that gets the events");
        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private static ValueList<EventFilter> ReadEvents(JsonFields source)
    {
        if (source.Object("events") is not { } fields) return [];
        var names = fields.Names.Distinct(StringComparer.Ordinal).ToList();
        if (names.Count > MaximumRules) source.Fault("events", $"holds more than {MaximumRules} event types");
        return [.. names.Select(name => new EventFilter(name, fields.Flag(name) ?? true))];
    }

    private static ValueList<TopicOverride> ReadTopics(JsonFields fields)
    {
        if (fields.Array("topics") is not { } list) return [];
        var overrides = new List<TopicOverride>();
        foreach (var entry in list.EnumerateArray())
        {
            var prefix = $"{fields.NameOf("topics")}[{overrides.Count}].";
            overrides.Add(ReadTopic(new JsonFields(entry, prefix, fields.Faults)));
        }

        if (overrides.Count > MaximumRules) fields.Fault("topics", $"holds more than {MaximumRules} entries");
        return [.. overrides];
    }

    private static TopicOverride ReadTopic(JsonFields fields)
    {
        var read = new TopicOverride(fields.Text("match") ?? "", fields.Text("topic") ?? "");
        var matchError = MqttTopic.FilterError(read.Match);
        fields.Fault("match", matchError);
        fields.Fault("topic", matchError is null ? read.TopicError() : MqttTopic.FilterError(read.Topic));
        return read;
    }

    /// <summary>Null if the member is absent or no list.</summary>
    private static List<string>? ReadTexts(JsonFields fields, string member)
    {
        if (fields.Array(member) is not { } list) return null;
        var texts = new List<string>();
        foreach (var entry in list.EnumerateArray())
        {
            if (TextOf(entry) is not { } text) fields.Fault($"{member}[{texts.Count}]", "must be a text of well-formed Unicode");
            texts.Add(TextOf(entry) ?? "?");
        }

        return texts;
    }

    private static string? TextOf(JsonElement entry)
    {
        try
        {
            return entry.ValueKind == JsonValueKind.String ? entry.GetString() : null;
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return null;
        }
    }

    private static void CheckKeys(RedisSourceSettings settings, JsonFields fields)
    {
        if (settings.Lists.Count == 0) fields.Fault("lists", "must name at least one list");
        string[] all = [.. settings.Lists, .. settings.StatusKeys, .. settings.ControlLists];
        foreach (var twice in all.GroupBy(key => key, StringComparer.Ordinal).Where(group => group.Count() > 1)) fields.Fault("lists", $"'{twice.Key}' serves two purposes; lists, statusKeys and controlLists are keys of their own");
    }
}
