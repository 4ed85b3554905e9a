namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What the built-in broker takes from its clients, and keeps for them.</summary>
internal sealed record BrokerLimits
{
    /// <summary>Clients connected at a time; a further one is refused in CONNACK. (default: 1,000)</summary>
    public int Clients { get; init; } = 1000;

    /// <summary>Network connections beyond <see cref="Clients"/> that have not said CONNECT yet; a further one is closed.</summary>
    public const int ConnectionsInWaiting = 100;

    /// <summary>Sessions kept, those of clients that are away included; a client that would make one more is refused. (default: 2,000)</summary>
    public int Sessions { get; init; } = 2000;

    /// <summary>Messages waiting for one client, and messages it has not acknowledged; what comes then is lost for that client. (default: 10,000 each)</summary>
    public int QueuedMessages { get; init; } = 10_000;

    /// <summary>Retained messages kept; one on a further topic is delivered, but not kept. (default: 10,000)</summary>
    public int RetainedMessages { get; init; } = 10_000;

    /// <summary>Payload bytes of all retained messages. (default: 64 MiB)</summary>
    public long RetainedBytes { get; init; } = 64L << 20;

    /// <summary>Largest packet taken, in bytes, fixed header included; a larger one ends the connection before it is read. (default: 1 MiB)</summary>
    public int PacketBytes { get; init; } = 1 << 20;

    /// <summary>Topic filters of one session; a further one is refused in SUBACK. (default: 1,000)</summary>
    public int Subscriptions { get; init; } = 1000;

    /// <summary>Topic aliases a client may set; told in CONNACK. (default: 64)</summary>
    public ushort TopicAliases { get; init; } = 64;

    /// <summary>Answers that wait because their client does not read them, acknowledgements for instance; past it the client is disconnected. (default: 10,000)</summary>
    public int UnreadAnswers { get; init; } = 10_000;

    /// <summary>How long a connection may take until its CONNECT is complete. (default: 10 s)</summary>
    public TimeSpan ConnectTime { get; init; } = TimeSpan.FromSeconds(10);
}
