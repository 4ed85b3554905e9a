using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>The values the form shows when it is opened: the defaults, or those of a stored connection. Never a secret.</summary>
internal sealed record FormOffer
{
    /// <summary>Name of the stored connection shown; null if the form shows the defaults.</summary>
    public string? Connection { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    public required TimeSpan KeepAlive { get; init; }

    public required bool CleanSession { get; init; }

    public required QualityOfService QualityOfService { get; init; }

    public string UserName { get; init; } = "";

    public string ClientId { get; init; } = "";

    public required ProtocolPreference Protocol { get; init; }

    public required TimeSpan SessionExpiry { get; init; }

    /// <summary>The transport of the stored connection shown; null leaves it to the address and the SSL box.</summary>
    public BrokerTransport? Transport { get; init; }

    public string WebSocketPath { get; init; } = "";

    /// <summary>TLS settings without their secrets.</summary>
    public TlsConfig Tls { get; init; } = TlsConfig.Default;

    /// <summary>The proxy without its password; empty for none.</summary>
    public string Proxy { get; init; } = "";

    /// <summary>What the stored connection shown is warned of.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public required string Topic { get; init; }

    public string Topics { get; init; } = "";

    public bool Producer { get; init; }

    public static FormOffer OfDefaults(MqttDefaults defaults) => new()
    {
        Host = "127.0.0.1",
        Port = BrokerAddress.DefaultPort,
        KeepAlive = defaults.KeepAlive,
        CleanSession = defaults.CleanSession,
        QualityOfService = defaults.QualityOfService,
        Protocol = ProtocolPreference.Auto,
        SessionExpiry = TimeSpan.FromHours(1),
        Topic = defaults.Topic,
    };

    public static FormOffer Of(BrokerConnectionConfig config, MqttDefaults defaults) => new()
    {
        Connection = config.Name,
        Host = config.Transport == BrokerTransport.Unix ? $"unix://{config.Host}" : config.Host,
        Port = config.Port,
        KeepAlive = config.KeepAlive,
        CleanSession = config.CleanSession,
        QualityOfService = config.Topics.Count > 0 ? config.Topics[0].QualityOfService : config.Producer ? config.ProducerQos : defaults.QualityOfService,
        UserName = config.UserName,
        ClientId = config.ClientId,
        Protocol = config.Protocol,
        SessionExpiry = config.SessionExpiry,
        Transport = config.Transport == BrokerTransport.Unix ? null : config.Transport,
        WebSocketPath = Transports.IsWebSocket(config.Transport) ? config.Path : "",
        Tls = config.Tls with { Key = Secret.None, KeyPassword = Secret.None },
        Proxy = config.Proxy?.ToText() ?? "",
        Warnings = ConnectionWarnings.Of(config),
        Topic = config.Topics.Count > 0 ? config.Topics[0].Filter : "",
        Topics = string.Join(", ", config.Topics.Skip(1).Select(topic => $"{topic.Filter}:{(int)topic.QualityOfService}")),
        Producer = config.Producer,
    };
}
