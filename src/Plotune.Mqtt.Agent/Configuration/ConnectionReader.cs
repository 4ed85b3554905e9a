using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Turns the body of <c>PUT /api/connections/{name}</c> into a <see cref="BrokerConnectionConfig"/>: replaces whole, but for secrets sent as <c>***</c>, which stay.</summary>
/// <param name="stored">The connection so far; null if it is new.</param>
/// <param name="now">See <see cref="ProducerStamp"/>.</param>
internal sealed class ConnectionReader(MqttDefaults defaults, BrokerConnectionConfig? stored, DateTimeOffset now)
{
    /// <summary>The end of the year 9999.</summary>
    private const double UnixSecondsMaximum = 253_402_300_799;

    /// <returns>Of use only if there are no faults.</returns>
    public BrokerConnectionConfig Read(string name, JsonElement body, FaultList faults)
    {
        var fields = new JsonFields(body, "", faults);
        if (ConnectionNameRules.Error(name) is { } nameError) faults.Add("name", nameError);
        if (fields.Text("name") is { } repeated && repeated != name) faults.Add("name", $"the body says '{repeated}', the address says '{name}'");
        var address = ConnectionAddress.Read(fields);
        var security = new SecurityReader(stored);
        var topics = new TopicListReader(defaults);
        var config = new BrokerConnectionConfig
        {
            Name = name,
            Enabled = fields.Flag("enabled") ?? true,
            Host = address.Host,
            Port = address.Port,
            Transport = address.Transport,
            Path = address.Path,
            Headers = security.ReadHeaders(fields),
            Proxy = security.ReadProxy(fields),
            Protocol = fields.Choice("protocol", ProtocolText.Choices) ?? ProtocolPreference.Auto,
            ClientId = fields.MqttText("clientId") ?? stored?.ClientId ?? "",
            UserName = ReadUserName(fields, address.Uri?.UserName),
            Password = ReadPassword(fields, address.Uri?.Password),
            KeepAlive = fields.Number("keepAlive", 0, 65_535) is { } keepAlive ? TimeSpan.FromSeconds(keepAlive) : defaults.KeepAlive,
            CleanSession = fields.Flag("cleanSession") ?? defaults.CleanSession,
            SessionExpiry = ReadSessionExpiry(fields),
            Topics = [.. topics.Read(fields, address.Uri?.TopicFilter)],
            ShareGroup = TopicListReader.ReadShareGroup(fields),
            Tls = SecurityReader.ReadTls(fields.Object("tls"), stored?.Tls ?? TlsConfig.Default),
            Will = ReadWill(fields),
            FollowRedirect = fields.Flag("followRedirect") ?? false,
            Workers = fields.Number("workers", 1, BrokerConnectionConfig.MaximumWorkers) ?? 1,
            Producer = fields.Flag("producer") ?? false,
            ProducerSince = ReadProducerSince(fields),
            ProducerTopic = ReadProducerTopic(fields),
            ProducerQos = (QualityOfService?)fields.Number("producerQos", 0, 2) ?? defaults.QualityOfService,
            Retain = fields.Flag("retain") ?? false,
            TakeOwnMessages = fields.Flag("takeOwnMessages") ?? false,
            SigningSecret = ReadSharedSecret(fields, "signingSecret", stored?.SigningSecret),
            VerifySecret = ReadSharedSecret(fields, "verifySecret", stored?.VerifySecret),
        };
        topics.CheckSharing(config.ShareGroup, config.Workers, faults);
        Check(config, faults);
        return config;
    }

    private static void Check(BrokerConnectionConfig config, FaultList faults)
    {
        if (config.Topics.Count == 0 && !config.Producer && !faults.Any(fault => fault.Field.StartsWith("topics", StringComparison.Ordinal))) faults.Add("topics", "name at least one topic filter, or make the connection a producer");
        if (config.Will is { } will && !config.SigningSecret.IsEmpty && EnvelopeSigner.LengthOf(Encoding.UTF8.GetBytes(will.Payload)) > ConnectionFields.MaximumTextBytes) faults.Add("will.payload", "must be at most 65,535 bytes when it is signed with the signing secret");
        if (config.Proxy is not null && config.Transport == BrokerTransport.Unix) faults.Add("proxy", "does not lead to a socket of this computer; leave it empty");
    }

    private static string ReadUserName(JsonFields fields, string? inAddress)
    {
        var said = fields.MqttText("username");
        if (!string.IsNullOrEmpty(said) && inAddress is not null && said != inAddress) fields.Fault("username", $"says '{said}', but the address in host says '{inAddress}'");
        return string.IsNullOrEmpty(said) ? inAddress ?? "" : said;
    }

    private Secret ReadPassword(JsonFields fields, string? inAddress)
    {
        var said = fields.Secret("password", string.IsNullOrEmpty(inAddress) ? stored?.Password : Secret.From(inAddress));
        if (!string.IsNullOrEmpty(inAddress) && !said.IsEmpty && said.Reveal() != inAddress) fields.Fault("password", "is another one than in the address in host");
        return said.IsEmpty ? Secret.From(inAddress) : said;
    }

    /// <summary>Where nothing is stored, stars are a fault: to go on without a secret would be to sign or verify nothing.</summary>
    private static Secret ReadSharedSecret(JsonFields fields, string member, Secret? kept)
    {
        var secret = fields.Secret(member, kept);
        if (secret.IsEmpty && fields.Text(member) == Secret.Mask) fields.Fault(member, $"has no stored value that {Secret.Mask} could keep");
        return secret;
    }

    private static TimeSpan ReadSessionExpiry(JsonFields fields)
    {
        if (fields.Find("sessionExpiry") is not { } value) return TimeSpan.FromHours(1);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var seconds)) return TimeSpan.FromSeconds(seconds);
        fields.Fault("sessionExpiry", "must be a whole number from 0 to 4294967295");
        return TimeSpan.Zero;
    }

    private static WillConfig? ReadWill(JsonFields connection)
    {
        if (connection.Object("will") is not { } fields) return null;
        var topic = fields.Text("topic");
        if (topic is null && !fields.Faults.Has(fields.NameOf("topic"))) fields.Fault("topic", "is missing");
        fields.Fault("topic", topic is null ? null : MqttTopic.NameError(topic));
        return new WillConfig(topic ?? "", fields.MqttText("payload") ?? "")
        {
            QualityOfService = (QualityOfService?)fields.Number("qos", 0, 2) ?? QualityOfService.AtMostOnce,
            Retain = fields.Flag("retain") ?? false,
            Delay = TimeSpan.FromSeconds(fields.Number("delay", 0, int.MaxValue) ?? 0),
        };
    }

    private static string ReadProducerTopic(JsonFields fields)
    {
        if (fields.Text("producerTopic") is not { Length: > 0 } topic) return ProducerTopics.Default;
        var name = ProducerTopics.BaseOf(topic);
        fields.Fault("producerTopic", ProducerTopics.Error(name));
        return name;
    }

    /// <summary>Saying <c>producer</c> sets it as producer now; sent back with the time of an answer it is what it was.</summary>
    private DateTimeOffset? ReadProducerSince(JsonFields fields)
    {
        var since = fields.Real("producerSince", 0, UnixSecondsMaximum);
        if (fields.Find("producer") is not { ValueKind: JsonValueKind.True }) return null;
        if (since is { } seconds) return DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(seconds * 1000));
        return fields.IsNull("producerSince") && stored is { Producer: true, ProducerSince: null } ? null : now;
    }
}
