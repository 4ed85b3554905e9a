namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Limits of one connection. Settable for the reason <see cref="WorkerSettings"/> gives.</summary>
public sealed record WorkerLimits
{
    /// <summary>Largest packet accepted from the broker. (default: 1 MiB)</summary>
    public int MaximumPacketBytes { get; set; } = 1 << 20;

    /// <summary>Deepest JSON accepted. (default: 64)</summary>
    public int MaximumDepth { get; set; } = 64;

    /// <summary>Most leaves in one payload. (default: 4,096)</summary>
    public int MaximumLeaves { get; set; } = 4096;

    /// <summary>Longest text kept of a string value, in UTF-8 bytes. (default: 4 KiB)</summary>
    public int MaximumTextBytes { get; set; } = 4096;

    /// <summary>Most signals of the connection, and most topics decoded. (default: 100,000)</summary>
    public int MaximumSignals { get; set; } = 100_000;

    /// <summary>Newest messages kept for the monitor; zero turns the log off. (default: 100)</summary>
    public int MessageLogEntries { get; set; } = 100;

    /// <summary>Bytes kept of a logged payload. (default: 4 KiB)</summary>
    public int MessageLogPayloadBytes { get; set; } = 4096;

    /// <summary>How far a payload's own time may be from the time of arrival. (default: 3,650 days)</summary>
    public double TimestampToleranceSeconds { get; set; } = 315_360_000;

    /// <summary>First delay before connecting again. (default: 1)</summary>
    public double ReconnectDelaySeconds { get; set; } = 1;

    /// <summary>Longest delay before connecting again. (default: 60)</summary>
    public double ReconnectDelayMaximumSeconds { get; set; } = 60;
}
