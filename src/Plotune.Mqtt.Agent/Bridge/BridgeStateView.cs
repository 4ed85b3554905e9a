namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>What a bridge is doing.</summary>
internal enum BridgeActivity
{
    /// <summary>Its source is being connected to.</summary>
    Connecting,

    /// <summary>Connected to its source, and what comes is handed on.</summary>
    Connected,

    /// <summary>For its source to be tried again, for a producer connection, or for room to store.</summary>
    Waiting,

    /// <summary>Ended by an unexpected failure; see the log.</summary>
    Failed,
}

/// <summary>A bridge's state at one moment; immutable. Totals count since the agent started.</summary>
internal sealed record BridgeStateView
{
    public required BridgeActivity Activity { get; init; }

    /// <summary>The activity in the API's words.</summary>
    public string Status => Activity switch
    {
        BridgeActivity.Connecting => "connecting",
        BridgeActivity.Connected => "connected",
        BridgeActivity.Waiting => "waiting",
        _ => "failed",
    };

    /// <summary>When <see cref="Activity"/> last changed.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why: a sentence a person can act on; empty while all is well.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Attempts to reach the source since its connection was last stable.</summary>
    public int Attempt { get; init; }

    /// <summary>Seconds until the next one, otherwise null.</summary>
    public double? RetryIn { get; init; }

    /// <summary>Messages received from the source.</summary>
    public long Received { get; init; }

    /// <summary>Of these those that are no samples.</summary>
    public long Unreadable { get; init; }

    /// <summary>What was wrong with the newest of them; empty if there was none.</summary>
    public string LastFault { get; init; } = "";

    /// <summary>Samples that had been received before, sent again by the source when it was connected to.</summary>
    public long Repeated { get; init; }

    /// <summary>Samples left out because of the rate limit or the dead band.</summary>
    public long Skipped { get; init; }

    /// <summary>Samples the outbound queue took.</summary>
    public long Accepted { get; init; }
}
