namespace Plotune.Mqtt.Client;

/// <summary>What carries MQTT between us and a broker.</summary>
public enum BrokerTransport
{
    /// <summary>TCP: <c>mqtt://</c> and <c>tcp://</c>; port 1883 unless named.</summary>
    Tcp,

    /// <summary>TLS over TCP: <c>mqtts://</c>, <c>ssl://</c> and <c>tls://</c>; port 8883 unless named.</summary>
    Tls,

    /// <summary>WebSocket: <c>ws://</c>; port 80 unless named.</summary>
    WebSocket,

    /// <summary>WebSocket over TLS: <c>wss://</c>; port 443 unless named.</summary>
    WebSocketTls,

    /// <summary>Unix domain socket: <c>unix://</c> and the path of the socket, which takes the place of the host.</summary>
    Unix,
}
