using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>How a probe's connection ended, as its caller sees it.</summary>
internal static class ProbeExitCode
{
    /// <summary>Told to stop; DISCONNECT was sent.</summary>
    public const int Stopped = 0;

    public const int UnexpectedFailure = 1;

    /// <summary>The command line; every fault was listed.</summary>
    public const int BadCommandLine = 2;

    /// <summary>No CONNACK came.</summary>
    public const int Unreachable = 3;

    /// <summary>CONNACK refused us.</summary>
    public const int Refused = 4;

    /// <summary>DISCONNECT from the broker, or the connection was closed or cut.</summary>
    public const int EndedByBroker = 5;

    /// <summary>The broker broke the protocol.</summary>
    public const int ProtocolViolation = 6;

    /// <summary>We ended it: no answer in time, or standard output could not be written.</summary>
    public const int EndedHere = 7;

    public static int Of(ConnectionEndCause cause) => cause switch
    {
        ConnectionEndCause.Unreachable => Unreachable,
        ConnectionEndCause.Refused => Refused,
        ConnectionEndCause.EndedByBroker => EndedByBroker,
        ConnectionEndCause.ProtocolViolation => ProtocolViolation,
        ConnectionEndCause.EndedHere => EndedHere,
        _ => UnexpectedFailure,
    };
}
