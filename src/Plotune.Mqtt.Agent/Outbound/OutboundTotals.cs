namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What became of messages. All but <see cref="Depth"/> count since the agent started.</summary>
/// <param name="Depth">Accepted and not yet published.</param>
/// <param name="Published">Acknowledged by the broker, or written to a live connection at QoS 0.</param>
/// <param name="DeadLettered">Refused for good.</param>
/// <param name="Dropped">Left out because the queue was full.</param>
/// <param name="Expired">Left out because their time had passed.</param>
internal readonly record struct OutboundTotals(long Depth, long Published, long DeadLettered, long Dropped, long Expired)
{
    /// <summary>When the oldest that is not yet published was accepted; null if there is none, or so much of other sources before it that it is on disk alone.</summary>
    public DateTimeOffset? Oldest { get; init; }
}
