using System.Diagnostics.Metrics;
using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Metrics;

/// <summary>The built-in broker's numbers as instruments.</summary>
internal sealed class BuiltInBrokerMetrics : IDisposable
{
    private readonly Meter _meter = new(AgentMetrics.MeterName);

    public BuiltInBrokerMetrics(BuiltInBrokerService broker, BrokerCounters counters)
    {
        _meter.CreateObservableGauge("plotune_mqtt_broker_clients", () => broker.Server?.ClientCount ?? 0, description: "Clients connected to the built-in broker");
        _meter.CreateObservableGauge("plotune_mqtt_broker_sessions", () => broker.Server?.SessionCount ?? 0, description: "Sessions the built-in broker keeps");
        _meter.CreateObservableGauge("plotune_mqtt_broker_retained_messages", () => broker.Server?.RetainedMessages ?? 0, description: "Retained messages the built-in broker keeps");
        _meter.CreateObservableGauge("plotune_mqtt_broker_retained_bytes", () => broker.Server?.RetainedBytes ?? 0, description: "Bytes of those");
        _meter.CreateObservableGauge("plotune_mqtt_broker_queued_bytes", () => broker.Server?.QueuedBytes ?? 0, description: "Bytes of the messages that wait for clients of the built-in broker");
        _meter.CreateObservableCounter("plotune_mqtt_broker_messages_received_total", () => counters.Received, description: "PUBLISH packets from clients of the built-in broker");
        _meter.CreateObservableCounter("plotune_mqtt_broker_messages_sent_total", () => counters.Sent, description: "PUBLISH packets to clients of the built-in broker");
        _meter.CreateObservableCounter("plotune_mqtt_broker_refused_total", () => ByReason(counters.RefusedByReason), description: "Connections, subscriptions and publications refused");
        _meter.CreateObservableCounter("plotune_mqtt_broker_dropped_total", () => ByReason(counters.DroppedByReason), description: "Messages a client did not get, or that were not kept");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> ByReason(IReadOnlyDictionary<string, long> counts) =>
        counts.Select(entry => new Measurement<long>(entry.Value, new KeyValuePair<string, object?>("reason", entry.Key)));
}
