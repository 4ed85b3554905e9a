using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Transports as the API and the form name them, and what each implies.</summary>
internal static class Transports
{
    public static readonly (string Name, BrokerTransport Value)[] Choices =
    [
        ("tcp", BrokerTransport.Tcp),
        ("tls", BrokerTransport.Tls),
        ("ws", BrokerTransport.WebSocket),
        ("wss", BrokerTransport.WebSocketTls),
        ("unix", BrokerTransport.Unix),
    ];

    public static string NameOf(BrokerTransport transport) => Array.Find(Choices, choice => choice.Value == transport).Name;

    public static bool HasTls(BrokerTransport transport) => transport is BrokerTransport.Tls or BrokerTransport.WebSocketTls;

    public static bool IsWebSocket(BrokerTransport transport) => transport is BrokerTransport.WebSocket or BrokerTransport.WebSocketTls;

    /// <summary>The same transport with TLS, where there is such a thing.</summary>
    public static BrokerTransport WithTls(BrokerTransport transport) => transport switch
    {
        BrokerTransport.Tcp => BrokerTransport.Tls,
        BrokerTransport.WebSocket => BrokerTransport.WebSocketTls,
        _ => transport,
    };

    /// <summary>The same transport without TLS.</summary>
    public static BrokerTransport WithoutTls(BrokerTransport transport) => transport switch
    {
        BrokerTransport.Tls => BrokerTransport.Tcp,
        BrokerTransport.WebSocketTls => BrokerTransport.WebSocket,
        _ => transport,
    };
}
