using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A connection's settings and what it is doing, at one moment; immutable.</summary>
internal sealed record ConnectionSnapshot(BrokerConnectionConfig Config, ConnectionStateView State);
