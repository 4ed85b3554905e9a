namespace Plotune.Mqtt.Client.Transport;

/// <summary>How far the way to a broker has been opened.</summary>
internal enum TransportPhase
{
    /// <summary>Name lookup and socket.</summary>
    Socket,

    /// <summary>CONNECT to the proxy.</summary>
    Proxy,

    /// <summary>TLS handshake.</summary>
    Tls,

    /// <summary>WebSocket upgrade.</summary>
    WebSocket,

    /// <summary>MQTT may flow.</summary>
    Open,
}
