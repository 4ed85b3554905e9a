namespace Plotune.Mqtt.Client;

/// <summary>Everything a <see cref="BrokerConnection"/> needs to know; immutable.</summary>
public sealed record BrokerConnectionOptions
{
    /// <summary>Where the broker is.</summary>
    public required BrokerAddress Address { get; init; }

    /// <summary>What carries MQTT. (default: TCP)</summary>
    public BrokerTransport Transport { get; init; } = BrokerTransport.Tcp;

    /// <summary>TLS, where <see cref="Transport"/> has it.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>WebSocket, where <see cref="Transport"/> is one.</summary>
    public WebSocketOptions WebSocket { get; init; } = new();

    /// <summary>HTTP proxy between us and the broker, for every transport but a Unix domain socket; null connects directly. (default: null)</summary>
    public ProxyOptions? Proxy { get; init; }

    /// <summary>Protocol version to speak. (default: 5.0, falling back to 3.1.1)</summary>
    public ProtocolPreference Protocol { get; init; } = ProtocolPreference.Auto;

    /// <summary>Client Identifier. Empty lets the broker assign one, which MQTT 3.1.1 allows only together with <see cref="CleanStart"/> [MQTT-3.1.3-8]. (default: empty)</summary>
    public string ClientId { get; init; } = "";

    /// <summary>User Name; null sends none.</summary>
    public string? UserName { get; init; }

    /// <summary>Password; null sends none. MQTT 3.1.1 allows it only with a user name [MQTT-3.1.2-22]; in 5.0 an empty one goes with it.</summary>
    public string? Password { get; init; }

    /// <summary>Clean Start (5.0) or Clean Session (3.1.1) of the first CONNECT. (default: on)
    /// Reconnects within the same object resume the session where it may still exist.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Session Expiry Interval, whole seconds; zero ends the session with the connection. Sent in MQTT 5.0 only. (default: 0)</summary>
    public TimeSpan SessionExpiry { get; init; }

    /// <summary>
    /// Whether an orderly stop ends the session, where <see cref="SessionExpiry"/> would keep it (MQTT 5.0, 3.14.2.2.2): for a session that is to outlive a lost
    /// connection, but not this object. (default: off)
    /// </summary>
    public bool EndSessionOnStop { get; init; }

    /// <summary>Keep Alive, whole seconds up to 65,535; zero turns it off. A Server Keep Alive takes precedence [MQTT-3.1.2-21]. (default: 60 s)</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a PINGRESP may be outstanding, with nothing left to read, before the connection counts as half-open. (default: 15 s)</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long TCP connect, CONNACK, SUBACK and UNSUBACK may each take. (default: 10 s)</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest PUBLISH or other packet accepted, in bytes, fixed header included; sent as Maximum Packet Size in 5.0.
    /// A larger PUBLISH ends the connection in 5.0 and is left out in 3.1.1, see <see cref="BrokerConnection.PublishesTooLarge"/>. (default: 1 MiB)</summary>
    public int MaximumPacketSize { get; init; } = 1 << 20;

    /// <summary>Receive Maximum: how many QoS 1 and 2 PUBLISH packets may be unacknowledged towards us. Sent in MQTT 5.0. (default: 65,535)</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>
    /// Topic Alias Maximum offered to the broker. Sent in MQTT 5.0. Every alias may cost as much memory as a topic is long, 64 KiB at most, so that the
    /// default bounds it to 16 MiB. (default: 256)
    /// </summary>
    public ushort TopicAliasMaximum { get; init; } = 256;

    /// <summary>
    /// What an earlier connection object knew of the session's subscriptions, see <see cref="IConnectionObserver.SubscriptionsHeld"/>. Counts only if the
    /// broker still has the session. (default: none)
    /// </summary>
    public IReadOnlyList<HeldSubscription> HeldSubscriptions { get; init; } = [];

    /// <summary>
    /// Whether a permanent redirection (reason code 0x9D in CONNACK or DISCONNECT, with a Server Reference; MQTT 5.0, 4.11) is followed: once, for the life of
    /// the connection object, over the same transport with the same TLS settings, and to the port in use if the reference names none. User name and
    /// password go to the new address, which the old broker chose. A second one, or one that is not followed, is reported and final. A temporary
    /// redirection (0x9C) is never followed: it is reported, and the address is tried again slowly. (default: off)
    /// </summary>
    public bool FollowRedirect { get; init; }

    /// <summary>Whether to connect again when the connection has ended. Off, its end is <see cref="ConnectionState.Failed"/>. (default: on)</summary>
    public bool Reconnect { get; init; } = true;

    /// <summary>Will, if any.</summary>
    public WillMessage? Will { get; init; }

    /// <summary>First and longest delay between attempts to connect. (default: 1 s and 60 s)</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="ReconnectDelay"/>
    public TimeSpan ReconnectDelayMaximum { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a connection must have lasted before the delay falls back to <see cref="ReconnectDelay"/>. (default: 30 s)</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Address and client identifier only: the password must not reach a log by way of this record.</summary>
    public override string ToString() => $"{Address} as '{ClientId}'";
}
