namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What the built-in broker takes from its clients, and keeps for them. Bytes are as <see cref="MessageSize"/> counts them.</summary>
internal sealed record BrokerLimits
{
    /// <summary>Network connections beyond <see cref="Clients"/> that have not said CONNECT yet; a further one is closed.</summary>
    public const int ConnectionsInWaiting = 100;

    /// <summary>Clients connected at a time; a further one is refused in CONNACK. (default: 1,000)</summary>
    public int Clients { get; init; } = 1000;

    /// <summary>Sessions kept, those of clients that are away included; a client that would make one more is refused. (default: 2,000)</summary>
    public int Sessions { get; init; } = 2000;

    /// <summary>How long a session outlives its connection at most, whatever its client asked for; MQTT 5.0 clients are told in CONNACK. (default: 1 day)</summary>
    public TimeSpan SessionTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Messages that wait for one client to take or to acknowledge them; what comes then is lost for that client. (default: 10,000)</summary>
    public int QueuedMessages { get; init; } = 10_000;

    /// <summary>Bytes of those. A single message always has room. (default: 128 MiB)</summary>
    public long QueuedBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of those of all clients together; past it only clients for which nothing waits get messages. (default: 512 MiB)</summary>
    public long QueuedBytesInTotal { get; init; } = 512L << 20;

    /// <summary>Retained messages kept; one on a further topic is delivered, but not kept. (default: 10,000)</summary>
    public int RetainedMessages { get; init; } = 10_000;

    /// <summary>Bytes of all retained messages. (default: 64 MiB)</summary>
    public long RetainedBytes { get; init; } = 64L << 20;

    /// <summary>Largest packet taken, fixed header included; a larger one ends the connection before it is read. (default: 1 MiB)</summary>
    public int PacketBytes { get; init; } = 1 << 20;

    /// <summary>Largest CONNECT taken: all that anybody can make the broker keep who has no password. (default: 128 KiB)</summary>
    public int ConnectBytes { get; init; } = 128 << 10;

    /// <summary>Topic filters of one session; a further one is refused in SUBACK. (default: 1,000)</summary>
    public int Subscriptions { get; init; } = 1000;

    /// <summary>Characters of those. (default: 256 Ki)</summary>
    public int SubscriptionCharacters { get; init; } = 256 << 10;

    /// <summary>Topic aliases a client may set; told in CONNACK. (default: 64)</summary>
    public ushort TopicAliases { get; init; } = 64;

    /// <summary>Answers that wait because their client does not read them, an acknowledgement of each filter counted; past it nothing more is read from that client. (default: 1,000)</summary>
    public int UnreadAnswers { get; init; } = 1000;

    /// <summary>How long nothing is read from such a client before it is disconnected. (default: 10 s)</summary>
    public TimeSpan UnreadTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may take until its CONNECT is complete. (default: 10 s)</summary>
    public TimeSpan ConnectTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection that was ended may take to deliver what had been written to it. (default: 5 s)</summary>
    public TimeSpan CloseTime { get; init; } = TimeSpan.FromSeconds(5);
}
