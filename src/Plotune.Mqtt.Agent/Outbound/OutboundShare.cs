namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What one source has in one queue. Guarded by the queue's lock.</summary>
internal sealed class OutboundShare(SourceEntry source)
{
    public SourceEntry Source => source;

    /// <summary>Accepted, or being accepted, and not done with.</summary>
    public long Records { get; set; }

    /// <summary>Of those, how many are in the window.</summary>
    public long InWindow { get; set; }

    /// <summary>Nothing of this source that can be dropped is left on disk up to this identifier.</summary>
    public long DroppedThrough { get; set; }
}
