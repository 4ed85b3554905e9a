namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Limits of the signal store and of the supervision of workers; immutable.</summary>
internal sealed record AgentLimits
{
    /// <summary>Newest samples kept of each signal. (default: 240)</summary>
    public int HistoryLength { get; init; } = 240;

    /// <summary>UTF-8 bytes of texts kept in one signal's history; past it the oldest samples go. (default: 256 KiB)</summary>
    public int HistoryTextBytesPerSignal { get; init; } = 256 * 1024;

    /// <summary>UTF-8 bytes of texts kept in the histories of one connection; past it a signal keeps its newest text only. (default: 128 MiB)</summary>
    public long HistoryTextBytesPerConnection { get; init; } = 128L << 20;

    /// <summary>Signals per connection; more are refused, counted and noticed. (default: 100,000)</summary>
    public int MaximumSignalsPerConnection { get; init; } = 100_000;

    /// <summary>Characters of topics, paths and keys per connection; counts as the limit on signals does. (default: 32 Mi)</summary>
    public long MaximumNameLengthPerConnection { get; init; } = 32L << 20;

    /// <summary>Names remembered for signals of connections that were deleted; past it the oldest are forgotten at the next start. (default: 1,000,000)</summary>
    public int MaximumReservedNames { get; init; } = 1_000_000;

    /// <summary>Names and patterns one viewer may subscribe to. (default: 4,096)</summary>
    public int MaximumSubscriptionsPerViewer { get; init; } = 4096;

    /// <summary>Names and patterns over all viewers. (default: 100,000)</summary>
    public int MaximumSubscriptions { get; init; } = 100_000;

    /// <summary>Broker connections. (default: 64)</summary>
    public int MaximumConnections { get; init; } = 64;

    /// <summary>Bridged variables. (default: 256)</summary>
    public int MaximumBridges { get; init; } = 256;

    /// <summary>Notices kept per connection, the newest. (default: 20)</summary>
    public int MaximumNotices { get; init; } = 20;

    /// <summary>Connection tests running at once. (default: 4)</summary>
    public int MaximumTests { get; init; } = 4;

    /// <summary>How long the worker of a connection test has to answer; with <see cref="StopTimeout"/> a test stays within 10 s. (default: 8 s)</summary>
    public TimeSpan TestTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a new worker has to say Hello. (default: 5 s)</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a worker is pinged. With <see cref="HeartbeatTimeout"/> it bounds how late a hung worker is noticed: within 15 s. (default: 4 s)</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a ping may go unanswered, with nothing left to read, before the worker counts as hung. (default: 10 s)</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker has to end by itself once asked. (default: 2 s)</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>First and longest delay before a lost worker is started again. (default: 0.5 s and 30 s)</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <inheritdoc cref="RestartDelay"/>
    public TimeSpan RestartDelayMaximum { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker must have run before the delay falls back to <see cref="RestartDelay"/>. (default: 60 s)</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);
}
