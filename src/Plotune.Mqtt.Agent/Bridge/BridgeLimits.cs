namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Times and sizes of bridges; immutable.</summary>
internal sealed record BridgeLimits
{
    /// <summary>How long a source may take to accept a connection and its upgrade. (default: 10 s)</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A source that sends nothing for so long is pinged: an idle variable is no dead source. (default: 15 s)</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long it may then take to answer. (default: 15 s)</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>First and longest delay before a source is tried again. (default: 0.5 s and 30 s)</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <inheritdoc cref="RetryDelay"/>
    public TimeSpan RetryDelayMaximum { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection must have lasted before the delay falls back to <see cref="RetryDelay"/>. (default: 60 s)</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A source that has not been reached for so long gives way to another one with the same variable. (default: 60 s)</summary>
    public TimeSpan GiveWayAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Within so long after a connection was made, samples that were taken before are repeats. (default: 5 s)</summary>
    public TimeSpan HistoryWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is stored which samples were taken. (default: 5 s)</summary>
    public TimeSpan StoreInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long stopping may take before what is left is cut off. (default: 1.5 s)</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Longest message of a source; a longer one is left out and counted. (default: 1 MiB)</summary>
    public int MaximumMessageBytes { get; init; } = 1 << 20;

    /// <summary>Samples that wait for the outbound queue; beyond that the source is not read. (default: 4,096)</summary>
    public int BufferSamples { get; init; } = 4096;

    /// <summary>Their payload bytes. (default: 2 MiB)</summary>
    public long BufferBytes { get; init; } = 2 << 20;

    /// <summary>Samples handed to the outbound queue at once. (default: 1,024)</summary>
    public int BatchSamples { get; init; } = 1024;

    /// <summary>Refusals and troubles remembered, the newest. (default: 20)</summary>
    public int MaximumNotices { get; init; } = 20;
}
