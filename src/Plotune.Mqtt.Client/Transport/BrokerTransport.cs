namespace Plotune.Mqtt.Client;

/// <summary>What carries MQTT between us and a broker.</summary>
public enum BrokerTransport
{
    /// <summary>TCP: <c>mqtt://</c> and <c>tcp://</c>.</summary>
    Tcp,

    /// <summary>TLS over TCP: <c>mqtts://</c>, <c>ssl://</c> and <c>tls://</c>. Known, but not spoken by this version.</summary>
    Tls,

    /// <summary>WebSocket: <c>ws://</c>. Known, but not spoken by this version.</summary>
    WebSocket,

    /// <summary>WebSocket over TLS: <c>wss://</c>. Known, but not spoken by this version.</summary>
    WebSocketTls,
}
