namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>How a call to Core ended, sorted by what the caller should do next.</summary>
internal enum CoreOutcome
{
    /// <summary>2xx.</summary>
    Accepted,

    /// <summary>404 or 410: Core does not know this extension, as after a restart of Core.</summary>
    Unknown,

    /// <summary>Another 4xx: Core understood and does not want it; the same call again is pointless.</summary>
    Refused,

    /// <summary>No answer, too late an answer, 5xx, or an answer that asks to come again (401, 403, 408, 425, 429).</summary>
    Failed,
}

/// <summary>The result of one call to Core.</summary>
/// <param name="Reason">A sentence a person can act on; empty if accepted.</param>
internal readonly record struct CoreReply(CoreOutcome Outcome, string Reason = "")
{
    public bool IsAccepted => Outcome == CoreOutcome.Accepted;
}
