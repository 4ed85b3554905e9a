namespace Plotune.Mqtt.Client.Session;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionStage
{
    /// <summary>TCP connect.</summary>
    Connect,

    /// <summary>CONNECT is sent, CONNACK awaited.</summary>
    ConnAck,

    /// <summary>CONNACK has accepted us.</summary>
    Accepted,
}
