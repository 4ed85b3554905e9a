using System.Diagnostics.Metrics;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Metrics;

/// <summary>The agent's numbers as instruments. They are read when somebody asks; nothing is counted twice.</summary>
internal sealed class AgentMetrics : IDisposable
{
    public const string MeterName = "Plotune.Mqtt";

    private readonly Meter _meter = new(MeterName);
    private readonly IConnectionManager _connections;

    public AgentMetrics(AgentSettings settings, IConnectionManager connections, SignalStore signals, ViewerSlots viewers, RuntimeQueue queue)
    {
        _connections = connections;
        Counter("plotune_mqtt_messages_received_total", "PUBLISH packets received from the broker", state => state.Received);
        Counter("plotune_mqtt_received_bytes_total", "Bytes read from the broker", state => state.Bytes);
        Counter("plotune_mqtt_samples_total", "Samples decoded", state => state.Samples);
        Counter("plotune_mqtt_reconnects_total", "Connections to the broker after the first one", state => state.Reconnects);
        Counter("plotune_mqtt_worker_restarts_total", "Times the worker process was lost and started again", state => state.Restarts);
        Gauge("plotune_mqtt_signals", "Signals in the catalog", state => state.Signals);
        Gauge("plotune_mqtt_connected", "1 while connected and subscribed", state => state.Activity == ConnectionActivity.Connected ? 1 : 0);
        _meter.CreateObservableCounter("plotune_mqtt_decode_failures_total", DecodeFailures, description: "Payloads that could not be decoded");
        _meter.CreateObservableCounter("plotune_mqtt_samples_dropped_total", () => Dropped(signals, queue), description: "What was lost by a queue whose reader fell behind");
        _meter.CreateObservableGauge("plotune_mqtt_viewers", () => viewers.Taken, description: "WebSocket viewers");
        _meter.CreateObservableGauge(
            "plotune_mqtt_core_announcements_pending", () => settings.Standalone ? 0 : queue.AnnouncementsPending, description: "Signals Plotune Core has not been told of");
        AddOutbound();
    }

    public void Dispose() => _meter.Dispose();

    private void AddOutbound()
    {
        Gauge("plotune_mqtt_outbound_queue_depth", "Messages waiting to be published", state => state.Outbound.Depth);
        Counter("plotune_mqtt_outbound_published_total", "Messages published and acknowledged", state => state.Outbound.Published);
        Counter("plotune_mqtt_outbound_retried_total", "Messages published once more because a connection or a worker was lost", state => state.Outbound.Retried + state.Resent);
        Counter("plotune_mqtt_outbound_dead_letters_total", "Messages refused for good", state => state.Outbound.DeadLettered);
        Counter("plotune_mqtt_outbound_dropped_total", "Messages left out because the queue was full", state => state.Outbound.Dropped);
        Counter("plotune_mqtt_outbound_expired_total", "Messages left out because their time had passed", state => state.Outbound.Expired);
        _meter.CreateObservableGauge("plotune_mqtt_outbound_oldest_seconds", () => PerConnection(state => state.Outbound.OldestAge), description: "Age of the oldest message waiting to be published");
    }

    private void Counter(string name, string description, Func<ConnectionStateView, long> read) =>
        _meter.CreateObservableCounter(name, () => PerConnection(read), description: description);

    private void Gauge(string name, string description, Func<ConnectionStateView, long> read) =>
        _meter.CreateObservableGauge(name, () => PerConnection(read), description: description);

    private IEnumerable<Measurement<T>> PerConnection<T>(Func<ConnectionStateView, T> read) where T : struct =>
        _connections.List().Select(connection => new Measurement<T>(read(connection.State), new KeyValuePair<string, object?>("connection", connection.Config.Name)));

    private IEnumerable<Measurement<long>> DecodeFailures()
    {
        foreach (var connection in _connections.List())
        {
            foreach (var (reason, count) in connection.State.DecodeFailuresByReason)
            {
                yield return new Measurement<long>(
                    count,
                    new KeyValuePair<string, object?>("connection", connection.Config.Name),
                    new KeyValuePair<string, object?>("reason", reason));
            }
        }
    }

    private static Measurement<long>[] Dropped(SignalStore signals, RuntimeQueue queue) =>
    [
        new(signals.ViewerSamplesDropped, new KeyValuePair<string, object?>("queue", "viewer")),
        new(queue.EventsDropped, new KeyValuePair<string, object?>("queue", "core")),
    ];
}
