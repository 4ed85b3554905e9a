using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>All that a diagnosis is made from.</summary>
internal sealed record DiagnosisFacts(ConnectionSnapshot Connection, SignalFindings Signals, DateTimeOffset Now)
{
    /// <summary>Why the built-in broker does not run, as a sentence, if the connection is the agent's own to it; null otherwise.</summary>
    public string? BuiltInBrokerDown { get; init; }

    /// <summary>No further viewer is let in, and one was refused.</summary>
    public bool ViewersAreFull { get; init; }

    public BrokerConnectionConfig Config => Connection.Config;

    public ConnectionStateView State => Connection.State;
}
