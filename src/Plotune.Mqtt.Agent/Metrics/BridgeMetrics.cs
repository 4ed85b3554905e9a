using System.Diagnostics.Metrics;
using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Metrics;

/// <summary>The bridges' numbers as instruments.</summary>
internal sealed class BridgeMetrics : IDisposable
{
    private readonly Meter _meter = new(AgentMetrics.MeterName);
    private readonly BridgeService _bridges;

    public BridgeMetrics(BridgeService bridges)
    {
        _bridges = bridges;
        _meter.CreateObservableGauge(
            "plotune_mqtt_bridge_connected", () => PerBridge(bridge => bridge.State.Activity == BridgeActivity.Connected ? 1 : 0), description: "1 while connected to the source of the variable");
        Counter("plotune_mqtt_bridge_received_total", "Messages received from the source of the variable", bridge => bridge.State.Received);
        Counter("plotune_mqtt_bridge_unreadable_total", "Messages that are no samples", bridge => bridge.State.Unreadable);
        Counter("plotune_mqtt_bridge_skipped_total", "Samples left out because of rate limit or dead band", bridge => bridge.State.Skipped);
        Counter("plotune_mqtt_bridge_dropped_total", "Samples left out because the outbound queue was full", bridge => bridge.Totals.Dropped);
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, string description, Func<BridgeSnapshot, long> read) => _meter.CreateObservableCounter(name, () => PerBridge(read), description: description);

    private IEnumerable<Measurement<long>> PerBridge(Func<BridgeSnapshot, long> read) =>
        _bridges.List().Select(bridge => new Measurement<long>(read(bridge), new KeyValuePair<string, object?>("bridge", bridge.Config.Name)));
}
