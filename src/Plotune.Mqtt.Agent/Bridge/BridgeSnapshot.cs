using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>A bridge and what it is doing, at one moment; immutable.</summary>
/// <param name="Producer">What it publishes through; null if there is nothing.</param>
internal sealed record BridgeSnapshot(BridgeConfig Config, Producer? Producer, BridgeStateView State, OutboundTotals Totals);
