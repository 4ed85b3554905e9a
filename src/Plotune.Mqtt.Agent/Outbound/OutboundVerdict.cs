namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Whether messages were taken; all of them or none.</summary>
internal enum OutboundVerdict
{
    /// <summary>They are on disk, for every connection named.</summary>
    Accepted,

    /// <summary>A queue has no room; try again later.</summary>
    Full,

    /// <summary>A connection named does not exist.</summary>
    NoConnection,
}
