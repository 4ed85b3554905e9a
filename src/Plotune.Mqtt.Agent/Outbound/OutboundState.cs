namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>An outbound queue at one moment; immutable. All but what is there now counts since the agent started.</summary>
internal sealed record OutboundState
{
    /// <summary>Messages accepted and not yet done with.</summary>
    public long Depth { get; init; }

    /// <summary>Bytes of their topics and payloads.</summary>
    public long Bytes { get; init; }

    /// <summary>When the oldest of them was accepted; null if there is none.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>How long ago that was, in seconds; 0 if there is none.</summary>
    public double OldestAge { get; init; }

    /// <summary>Acknowledged by the broker, or written to a live connection at QoS 0.</summary>
    public long Published { get; init; }

    /// <summary>Handed to another worker because the one before was lost.</summary>
    public long Retried { get; init; }

    /// <summary>Refused for good.</summary>
    public long DeadLettered { get; init; }

    /// <summary>Dead letters kept now.</summary>
    public int DeadLetters { get; init; }

    /// <summary>Dead letters removed because there were too many.</summary>
    public long DeadLettersDropped { get; init; }

    /// <summary>Left out because the queue was full.</summary>
    public long Dropped { get; init; }

    /// <summary>Left out because their time had passed.</summary>
    public long Expired { get; init; }

    /// <summary>Times a source was told to wait because the queue was full.</summary>
    public long Refused { get; init; }

    /// <summary>Something found no room, and there is not yet enough for another try.</summary>
    public bool IsFull { get; init; }
}
