namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The built-in broker's settings as they are in the state file; of secrets their hashes. What is read may lack any of them.</summary>
internal sealed record StoredBuiltInBroker(bool Enabled, int Port, int WebSocketPort, string? Bind, string? UserName, string? Password, string? AgentToken, bool ConnectionMade);
