namespace Plotune.Mqtt.Client;

/// <summary>Who ended a connection, or kept it from coming to be.</summary>
public enum ConnectionEndCause
{
    /// <summary>It has not ended, or its owner stopped it.</summary>
    None,

    /// <summary>No CONNACK came: the settings make no CONNECT, no way to the host, nobody listens, TLS failed, or what answers is silent or speaks another protocol.</summary>
    Unreachable,

    /// <summary>CONNACK refused us.</summary>
    Refused,

    /// <summary>The broker sent DISCONNECT, or the connection was closed or cut.</summary>
    EndedByBroker,

    /// <summary>The broker broke the protocol, so that we ended it.</summary>
    ProtocolViolation,

    /// <summary>We ended it for another reason: an answer did not come in time, or received messages could not be handed on.</summary>
    EndedHere,
}
