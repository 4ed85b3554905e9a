namespace Plotune.Mqtt.Client.Session;

/// <summary>What the way an attempt failed says about the protocol version.</summary>
internal enum ProtocolHint
{
    None,

    /// <summary>CONNACK says that the version is not supported.</summary>
    Unsupported,

    /// <summary>The broker closed in good order and sent no CONNACK, as old brokers do on a version they do not know.</summary>
    ClosedSilently,

    /// <summary>What came instead of CONNACK was malformed by this version.</summary>
    Unreadable,
}
