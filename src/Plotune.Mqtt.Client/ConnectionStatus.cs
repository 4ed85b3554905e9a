namespace Plotune.Mqtt.Client;

/// <summary>The states a <see cref="BrokerConnection"/> is in, one at a time.</summary>
public enum ConnectionState
{
    /// <summary>TCP connect, CONNECT and SUBSCRIBE are under way.</summary>
    Connecting,

    /// <summary>CONNACK accepted us and every SUBACK has come.</summary>
    Connected,

    /// <summary>Backing off until <see cref="ConnectionStatus.RetryAt"/>.</summary>
    Waiting,

    /// <summary>Will not retry until the settings change.</summary>
    Failed,

    /// <summary>Stopped by its owner.</summary>
    Stopped,
}

/// <summary>An immutable snapshot of a connection's state.</summary>
public sealed record ConnectionStatus
{
    /// <summary>
    /// Every name that <see cref="ReasonName"/> can have: the local faults, and the reason codes of CONNACK and DISCONNECT. A code that the specification does not define there is named
    /// <c>ReasonCode0x</c> and its two digits.
    /// </summary>
    public static IReadOnlyCollection<string> ReasonNames { get; } = [.. Enum.GetNames<LocalFault>().Union(Session.ReasonCodes.OfConnections.Select(static code => code.Name))];

    public required ConnectionState State { get; init; }

    /// <summary>When this state was entered.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why: a sentence a person can act on; empty while all is well.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Name of the reason code, or of the local fault, that led here, such as <c>NotAuthorized</c>; empty while all is well.</summary>
    public string ReasonName { get; init; } = "";

    /// <summary>Who ended the last connection, or kept it from coming to be, while it is not up.</summary>
    public ConnectionEndCause Cause { get; init; }

    /// <summary>
    /// The address that accepted the newest connection, such as <c>192.168.1.20:1883</c>, the proxy's where there is one, or a socket's path; empty if none did at the last attempt.
    /// </summary>
    public string Reached { get; init; } = "";

    /// <summary>While <see cref="ConnectionState.Waiting"/>: the reason will hardly pass by itself, so that attempts are few until somebody sees to it.</summary>
    public bool NeedsAttention { get; init; }

    /// <summary>Attempts to connect since the last stable connection.</summary>
    public int Attempt { get; init; }

    /// <summary>When the next attempt is made, while <see cref="ConnectionState.Waiting"/>.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>"5.0" or "3.1.1" once a CONNACK has come; empty before.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The Client Identifier in use, the broker's Assigned Client Identifier included.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Whether the newest CONNACK said that the broker has a session of ours.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>Connections made after the first one.</summary>
    public long Reconnects { get; init; }
}
