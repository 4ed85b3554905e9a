using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Turns the body of <c>PUT /api/connections/{name}</c> into a <see cref="BrokerConnectionConfig"/>: replaces whole, but for secrets sent as <c>***</c>, which stay.</summary>
/// <param name="stored">The connection so far; null if it is new.</param>
internal sealed class ConnectionReader(MqttDefaults defaults, BrokerConnectionConfig? stored)
{
    private const int MaximumTopics = 1000;

    private static readonly (string, BrokerTransport)[] Transports =
        [("tcp", BrokerTransport.Tcp), ("tls", BrokerTransport.Tls), ("ws", BrokerTransport.WebSocket), ("wss", BrokerTransport.WebSocketTls)];

    private static readonly (string, TlsVersion)[] TlsVersions = [("1.2", TlsVersion.Tls12), ("1.3", TlsVersion.Tls13)];

    private static readonly (string, TlsVerification)[] Verifications = [("full", TlsVerification.Full), ("none", TlsVerification.None)];

    public static string NameOf(BrokerTransport transport) => Array.Find(Transports, choice => choice.Item2 == transport).Item1;

    public static string NameOf(TlsVersion version) => Array.Find(TlsVersions, choice => choice.Item2 == version).Item1;

    public static string NameOf(TlsVerification verification) => Array.Find(Verifications, choice => choice.Item2 == verification).Item1;

    /// <returns>Of use only if there are no faults.</returns>
    public BrokerConnectionConfig Read(string name, JsonElement body, FaultList faults)
    {
        var fields = new JsonFields(body, "", faults);
        if (ConnectionNameRules.Error(name) is { } nameError) faults.Add("name", nameError);
        if (fields.Text("name") is { } repeated && repeated != name) faults.Add("name", $"the body says '{repeated}', the address says '{name}'");
        var address = ReadAddress(fields);
        var config = new BrokerConnectionConfig
        {
            Name = name,
            Enabled = fields.Flag("enabled") ?? true,
            Host = address.Host,
            Port = address.Port,
            Transport = ReadTransport(fields),
            Path = ReadPath(fields),
            Protocol = fields.Choice("protocol", ProtocolText.Choices) ?? ProtocolPreference.Auto,
            ClientId = MqttText(fields, "clientId") ?? stored?.ClientId ?? "",
            UserName = MqttText(fields, "username") ?? "",
            Password = ReadSecret(fields, "password", stored?.Password),
            KeepAlive = fields.Number("keepAlive", 0, 65_535) is { } keepAlive ? TimeSpan.FromSeconds(keepAlive) : defaults.KeepAlive,
            CleanSession = fields.Flag("cleanSession") ?? defaults.CleanSession,
            SessionExpiry = ReadSessionExpiry(fields),
            Topics = ReadTopics(fields),
            ShareGroup = ReadShareGroup(fields),
            Tls = ReadTls(fields.Object("tls")),
            Producer = fields.Flag("producer") ?? false,
            ProducerTopic = ReadProducerTopic(fields),
            Retain = fields.Flag("retain") ?? false,
            SigningSecret = ReadSecret(fields, "signingSecret", stored?.SigningSecret),
            VerifySecret = ReadSecret(fields, "verifySecret", stored?.VerifySecret),
        };
        if (config.Topics.Count == 0 && !config.Producer && !faults.Any(fault => fault.Field.StartsWith("topics", StringComparison.Ordinal))) faults.Add("topics", "name at least one topic filter, or make the connection a producer");
        return config;
    }

    private static BrokerAddress ReadAddress(JsonFields fields)
    {
        var host = fields.Text("host");
        var port = fields.Number("port", 1, 65_535) ?? BrokerAddress.DefaultPort;
        if (host is null)
        {
            if (!fields.Faults.Has("host")) fields.Faults.Add("host", "is missing");
            return new BrokerAddress("", port);
        }

        // A host alone: what an address may hold besides has members of its own here.
        if (!BrokerUri.TryParse(host, out var uri, out var error)) fields.Faults.Add("host", error);
        else if (host.Trim().Trim('[', ']') != uri.Address.Host) fields.Faults.Add("host", "must be a host name or an IP address alone; port, user name and topics have their own members");
        return new BrokerAddress(uri?.Address.Host ?? "", port);
    }

    private static BrokerTransport ReadTransport(JsonFields fields)
    {
        var transport = fields.Choice("transport", Transports) ?? BrokerTransport.Tcp;
        if (transport != BrokerTransport.Tcp) fields.Faults.Add("transport", $"'{NameOf(transport)}' is not supported by this version; use tcp");
        return transport;
    }

    private static string ReadPath(JsonFields fields)
    {
        var path = fields.Text("path");
        if (path is { Length: > 0 } && (path[0] != '/' || path.Length > 1024 || path.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            fields.Faults.Add("path", "must start with / and hold no blanks");
        }

        return string.IsNullOrEmpty(path) ? "/mqtt" : path;
    }

    private static TimeSpan ReadSessionExpiry(JsonFields fields)
    {
        if (fields.Find("sessionExpiry") is not { } value) return TimeSpan.FromHours(1);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var seconds)) return TimeSpan.FromSeconds(seconds);
        fields.Faults.Add("sessionExpiry", "must be a whole number from 0 to 4294967295");
        return TimeSpan.Zero;
    }

    private List<TopicFilterConfig> ReadTopics(JsonFields fields)
    {
        var topics = new List<TopicFilterConfig>();
        if (!fields.Has("topics"))
        {
            // Like the form and the command line: an address alone is enough to see something.
            if (fields.Flag("producer") != true) topics.Add(new TopicFilterConfig(defaults.Topic, defaults.QualityOfService));
            return topics;
        }

        if (fields.Array("topics") is not { } list) return topics;
        if (list.GetArrayLength() > MaximumTopics)
        {
            fields.Faults.Add("topics", $"holds more than {MaximumTopics} filters");
            return topics;
        }

        var index = 0;
        foreach (var entry in list.EnumerateArray()) ReadTopic(entry, $"topics[{index++}]", topics, fields.Faults);
        return topics;
    }

    private void ReadTopic(JsonElement entry, string field, List<TopicFilterConfig> topics, FaultList faults)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            faults.Add(field, "must be an object with filter and qos");
            return;
        }

        var fields = new JsonFields(entry, field + ".", faults);
        var filter = fields.Text("filter");
        var qos = (QualityOfService?)fields.Number("qos", 0, 2) ?? defaults.QualityOfService;
        if (filter is null)
        {
            if (!faults.Has(fields.NameOf("filter"))) faults.Add(fields.NameOf("filter"), "is missing");
        }
        else if (MqttTopic.FilterError(filter) is { } error)
        {
            faults.Add(fields.NameOf("filter"), error);
        }
        else if (topics.Exists(topic => topic.Filter == filter))
        {
            faults.Add(fields.NameOf("filter"), $"'{filter}' is there twice");
        }
        else
        {
            topics.Add(new TopicFilterConfig(filter, qos));
        }
    }

    private static string ReadShareGroup(JsonFields fields)
    {
        var group = MqttText(fields, "shareGroup") ?? "";
        if (group.AsSpan().ContainsAny('/', '+', '#')) fields.Faults.Add("shareGroup", "must not hold / + or #"); // [MQTT-4.8.2-1]
        return group;
    }

    private static string ReadProducerTopic(JsonFields fields)
    {
        if (fields.Text("producerTopic") is not { Length: > 0 } topic) return "plotune";
        if (MqttTopic.NameError(topic) is { } error) fields.Faults.Add("producerTopic", error);
        return topic;
    }

    private TlsConfig ReadTls(JsonFields? tls)
    {
        if (tls is not { } fields) return stored?.Tls ?? TlsConfig.Default;
        return new TlsConfig
        {
            Ca = fields.Text("ca") ?? "",
            Certificate = fields.Text("certificate") ?? "",
            Key = ReadSecret(fields, "key", stored?.Tls.Key),
            KeyPassword = ReadSecret(fields, "keyPassword", stored?.Tls.KeyPassword),
            ServerName = fields.Text("serverName") ?? "",
            MinimumVersion = fields.Choice("minVersion", TlsVersions) ?? TlsVersion.Tls12,
            Verify = fields.Choice("verify", Verifications) ?? TlsVerification.Full,
        };
    }

    /// <summary>Absent and <c>***</c> keep the secret, empty removes it.</summary>
    private static Secret ReadSecret(JsonFields fields, string member, Secret? kept) => MqttText(fields, member) switch
    {
        null or Secret.Mask => kept ?? Secret.None,
        { } text => Secret.From(text),
    };

    private static string? MqttText(JsonFields fields, string member)
    {
        var text = fields.Text(member);
        if (text is null || (!text.Contains('\0') && Encoding.UTF8.GetByteCount(text) <= 65_535)) return text;
        fields.Faults.Add(fields.NameOf(member), "must be at most 65,535 bytes without the character U+0000"); // [MQTT-1.5.4-2]
        return null;
    }
}
