namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Lies with a connection to the WebSocket port: whether it has come to ask for one.</summary>
internal sealed class WebSocketUpgrade
{
    public bool WasAsked { get; set; }
}
