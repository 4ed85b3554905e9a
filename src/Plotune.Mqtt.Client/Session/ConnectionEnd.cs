namespace Plotune.Mqtt.Client.Session;

/// <summary>Why an attempt failed, or a connection ended.</summary>
internal sealed record ConnectionEnd
{
    /// <param name="reason">A sentence a person can act on.</param>
    public ConnectionEnd(LocalFault fault, string reason, ReasonClass reasonClass) => (ReasonName, Reason, Class) = (fault.ToString(), reason, reasonClass);

    /// <inheritdoc cref="ConnectionEnd(LocalFault, string, ReasonClass)"/>
    public ConnectionEnd(ReasonCode code, string reason) => (ReasonName, Reason, Class) = (code.Name, reason, code.Class);

    /// <summary>Name of the reason code or of the local fault.</summary>
    public string ReasonName { get; }

    /// <summary>A sentence a person can act on.</summary>
    public string Reason { get; init; }

    public ReasonClass Class { get; init; }

    public ConnectionEndCause Cause { get; init; } = ConnectionEndCause.EndedHere;

    /// <summary>The broker ended it, and says nothing else than that a PUBLISH of ours may be the reason.</summary>
    public bool MayBeOfAMessage { get; init; }

    /// <inheritdoc cref="ConnectionStatus.Reached"/>
    public string Reached { get; init; } = "";

    public ProtocolHint Hint { get; init; }

    /// <summary>Where a broker that has moved for good says it is now; null if it has not moved, or names no address.</summary>
    public BrokerAddress? MovedTo { get; init; }
}
