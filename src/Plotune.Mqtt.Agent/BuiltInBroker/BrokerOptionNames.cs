namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What the options are called where they were entered.</summary>
internal sealed record BrokerOptionNames(string WebSocketPort, string Bind, string UserName, string Password);
