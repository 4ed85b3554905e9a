using System.Diagnostics.Metrics;
using Plotune.Mqtt.Agent.EventSources;

namespace Plotune.Mqtt.Agent.Metrics;

/// <summary>The event sources' numbers as instruments.</summary>
internal sealed class EventSourceMetrics : IDisposable
{
    private readonly Meter _meter = new(AgentMetrics.MeterName);
    private readonly EventSourceService _sources;

    public EventSourceMetrics(EventSourceService sources)
    {
        _sources = sources;
        Gauge("plotune_mqtt_event_source_connected", "1 while events are taken as they come", state => state.Activity == SourceActivity.Connected ? 1 : 0);
        Gauge("plotune_mqtt_event_source_pending", "Events in the source that are not accepted yet", state => state.Pending);
        Counter("plotune_mqtt_events_accepted_total", "Events stored in the outbound queues", state => state.Accepted);
        Counter("plotune_mqtt_events_filtered_total", "Events left out because their type is switched off", state => state.FilteredOut);
        Counter("plotune_mqtt_events_dead_letters_total", "Events that cannot be published, put aside in the source", state => state.DeadLettered);
        Counter("plotune_mqtt_event_source_reconnects_total", "Connections to the source after the first one", state => state.Reconnects);
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, string description, Func<EventSourceState, long> read) =>
        _meter.CreateObservableCounter(name, () => PerSource(read), description: description);

    private void Gauge(string name, string description, Func<EventSourceState, long> read) =>
        _meter.CreateObservableGauge(name, () => PerSource(read), description: description);

    private IEnumerable<Measurement<long>> PerSource(Func<EventSourceState, long> read) =>
        _sources.List().Select(source => new Measurement<long>(read(source.State), new KeyValuePair<string, object?>("source", source.Settings.Name)));
}
