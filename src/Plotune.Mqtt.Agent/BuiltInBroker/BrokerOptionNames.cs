namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What the options are called where they were entered.</summary>
internal sealed record BrokerOptionNames(string Port, string WebSocketPort, string Bind, string UserName, string Password)
{
    /// <summary>As they are stored, where nobody reads the names.</summary>
    public static BrokerOptionNames Stored { get; } = new("port", "websocketPort", "bind", "username", "password");
}
