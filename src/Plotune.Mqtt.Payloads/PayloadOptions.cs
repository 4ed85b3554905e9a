namespace Plotune.Mqtt.Payloads;

/// <summary>Limits and rules of payload decoding; immutable.</summary>
public sealed record PayloadOptions
{
    /// <summary>Deepest JSON nesting accepted. (default: 64)</summary>
    public int MaximumDepth { get; init; } = 64;

    /// <summary>Most leaves (numbers, booleans and texts that are to be signals) accepted in one payload. A topic remembers four times as many paths. (default: 4,096)</summary>
    public int MaximumLeaves { get; init; } = 4096;

    /// <summary>Longest text kept of a string value, in UTF-8 bytes; the rest is cut and the sample marked. (default: 4 KiB)</summary>
    public int MaximumTextBytes { get; init; } = 4096;

    /// <summary>How far a payload's own time may be from the time of arrival before the latter is used. (default: 3,650 days)</summary>
    public TimeSpan TimestampTolerance { get; init; } = TimeSpan.FromDays(3650);
}
