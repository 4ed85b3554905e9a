namespace Plotune.Mqtt.Client.Session;

/// <summary>Why an attempt failed, or a connection ended.</summary>
/// <param name="ReasonName">Name of the reason code or of the local fault.</param>
/// <param name="Reason">A sentence a person can act on.</param>
internal sealed record ConnectionEnd(string ReasonName, string Reason, ReasonClass Class)
{
    public ConnectionEndCause Cause { get; init; } = ConnectionEndCause.EndedHere;

    /// <summary>The broker ended it, and says nothing else than that a PUBLISH of ours may be the reason.</summary>
    public bool MayBeOfAMessage { get; init; }

    public ProtocolHint Hint { get; init; }

    /// <summary>Where a broker that has moved for good says it is now; null if it has not moved, or names no address.</summary>
    public BrokerAddress? MovedTo { get; init; }
}
