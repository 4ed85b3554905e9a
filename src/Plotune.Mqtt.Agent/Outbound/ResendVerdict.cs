namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Whether a dead letter is on its way again.</summary>
internal enum ResendVerdict
{
    Resent,

    NotFound,

    /// <summary>Its payload was too large to be kept.</summary>
    Incomplete,

    /// <summary>The queue has no room.</summary>
    Full,
}
