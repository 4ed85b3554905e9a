namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Limits of each connection's outbound queue; immutable.</summary>
internal sealed record OutboundLimits
{
    /// <summary>Messages that may wait. Past it a source is refused, or loses its own oldest, as it wishes. (default: 1,000,000)</summary>
    public int MaximumRecords { get; init; } = 1_000_000;

    /// <summary>Bytes of topics and payloads that may wait; counts as the limit on messages does. (default: 1 GiB)</summary>
    public long MaximumBytes { get; init; } = 1L << 30;

    /// <summary>Dead letters kept; past it the oldest go. (default: 10,000)</summary>
    public int MaximumDeadLetters { get; init; } = 10_000;

    /// <summary>Bytes of topics and payloads of dead letters kept; past it the oldest go. (default: 64 MiB)</summary>
    public long MaximumDeadLetterBytes { get; init; } = 64L << 20;

    /// <summary>Messages a worker has at most without having reported what became of them. (default: 8,192)</summary>
    public int WindowRecords { get; init; } = 8192;

    /// <summary>The same in bytes of topics and payloads; a larger message goes alone. (default: 8 MiB)</summary>
    public long WindowBytes { get; init; } = 8L << 20;

    /// <summary>Messages kept in memory for when the worker has room; the rest is on disk alone. (default: 8,192)</summary>
    public int ReadAheadRecords { get; init; } = 8192;

    /// <summary>The same in bytes of topics and payloads. (default: 4 MiB)</summary>
    public long ReadAheadBytes { get; init; } = 4L << 20;

    /// <summary>
    /// How long what a worker has reported stays on disk, so that more of it goes at once; what a killed agent had not removed is published once more. (default: 20 ms)
    /// </summary>
    public TimeSpan RemovalDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Body of a frame to the worker; a larger message has one of its own. Below the size from which arrays are collected with the whole heap only. (default: 64 KiB)</summary>
    public int FrameBytes { get; init; } = 64 << 10;
}
