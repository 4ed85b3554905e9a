namespace Plotune.Mqtt.Client;

/// <summary>How <see cref="BrokerTransport.WebSocket"/> and <see cref="BrokerTransport.WebSocketTls"/> are opened. The sub-protocol is always <c>mqtt</c> [MQTT-6.0.0-3].</summary>
public sealed record WebSocketOptions
{
    /// <summary>Request path, query included. (default: /mqtt)</summary>
    public string Path { get; init; } = "/mqtt";

    /// <summary>Further request headers, such as an authorisation; their values are secrets. (default: none)</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The path without its query: neither a signature or token in that nor the headers must reach a log by way of this record.</summary>
    public override string ToString() => Path.Split('?', 2)[0];
}
