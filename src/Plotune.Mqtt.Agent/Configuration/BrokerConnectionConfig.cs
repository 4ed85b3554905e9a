using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>The validated settings of one broker connection; immutable, replaced whole. Two configs are equal if every setting is, secrets and the order of lists included.</summary>
internal sealed record BrokerConnectionConfig
{
    public const string DefaultPath = "/mqtt";

    /// <summary>Most worker processes of one connection.</summary>
    public const int MaximumWorkers = 16;

    /// <summary>Unique among connections, case-sensitive; part of the identity of its signals.</summary>
    public required string Name { get; init; }

    /// <summary>Off keeps the settings but runs no worker. (default: on)</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>DNS name or IP address; the full path of the socket where <see cref="Transport"/> is a Unix domain socket.</summary>
    public required string Host { get; init; }

    /// <summary>Of no meaning for a Unix domain socket.</summary>
    public int Port { get; init; } = BrokerAddress.DefaultPort;

    public BrokerTransport Transport { get; init; } = BrokerTransport.Tcp;

    /// <summary>Request path of a WebSocket transport. (default: /mqtt)</summary>
    public string Path { get; init; } = DefaultPath;

    /// <summary>Further headers of the request that opens a WebSocket. (default: none)</summary>
    public ValueList<HeaderConfig> Headers { get; init; } = [];

    /// <summary>HTTP proxy between us and the broker. (default: null, none)</summary>
    public ProxyConfig? Proxy { get; init; }

    public ProtocolPreference Protocol { get; init; } = ProtocolPreference.Auto;

    /// <summary>Client Identifier. Empty lets the <c>ConnectionManager</c> make one up, which is then stored and stays. (default: empty)</summary>
    public string ClientId { get; init; } = "";

    /// <summary>User Name; empty sends none.</summary>
    public string UserName { get; init; } = "";

    public Secret Password { get; init; } = Secret.None;

    /// <summary>Keep Alive sent in CONNECT, whole seconds; zero turns it off. (default: 60 s)</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Clean Start (5.0) or Clean Session (3.1.1). (default: on)</summary>
    public bool CleanSession { get; init; } = true;

    /// <summary>Session Expiry Interval, whole seconds; sent in MQTT 5.0 only. (default: 1 h)</summary>
    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromHours(1);

    public ValueList<TopicFilterConfig> Topics { get; init; } = [];

    /// <summary>Share Name of a shared subscription: every filter is sent as <c>$share/{group}/{filter}</c>. (default: empty, not shared)</summary>
    public string ShareGroup { get; init; } = "";

    public TlsConfig Tls { get; init; } = TlsConfig.Default;

    /// <summary>Will; null sends none. (default: null)</summary>
    public WillConfig? Will { get; init; }

    /// <summary>Whether a permanent redirection by the broker is followed. (default: off)</summary>
    public bool FollowRedirect { get; init; }

    /// <summary>Worker processes that share the connection's topics. (default: 1)</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Whether bridged variables are published through this connection. (default: off)</summary>
    public bool Producer { get; init; }

    /// <summary>When it was last set as producer, to the millisecond; of several producers the newest is used. Null if it is none, or was one before this was remembered.</summary>
    public DateTimeOffset? ProducerSince { get; init; }

    /// <summary>Topic under which bridged variables are published, without wildcards and without a slash at its end. (default: plotune)</summary>
    public string ProducerTopic { get; init; } = ProducerTopics.Default;

    /// <summary>QoS they are published with. (default: 1)</summary>
    public QualityOfService ProducerQos { get; init; } = QualityOfService.AtLeastOnce;

    /// <summary>Whether they are published as retained messages. (default: off)</summary>
    public bool Retain { get; init; }

    /// <summary>Whether what the agent publishes here, and is subscribed to as well, is taken for a signal like any other. (default: off)</summary>
    public bool TakeOwnMessages { get; init; }

    /// <summary>Secret outgoing messages are signed with; none sends them unsigned.</summary>
    public Secret SigningSecret { get; init; } = Secret.None;

    /// <summary>Secret incoming messages must be signed with; none accepts all.</summary>
    public Secret VerifySecret { get; init; } = Secret.None;
}
