using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;

namespace Plotune.Mqtt.Agent.Tests.Api;

/// <summary>Alone: instruments are found by the name of their meter in the whole process.</summary>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
[Collection(nameof(MetricsTests))]
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_have_exactly_the_names_and_labels_of_the_contract()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var agent = await TestAgent.StartAsync(cancellationToken: cancel);
        await agent.Http.PutAsync("/api/connections/plant", ConnectionRouteTests.Json("""{"host":"h","topics":[{"filter":"a"}]}"""), cancel);
        await agent.Http.PutAsync("/api/event-sources/nemo", ConnectionRouteTests.Json("""{"enabled":false,"connection":"plant"}"""), cancel);
        agent.Connections.SetState("plant", new ConnectionStateView
        {
            Activity = ConnectionActivity.Connected,
            Since = DateTimeOffset.UnixEpoch,
            Received = 11,
            Bytes = 12,
            Samples = 13,
            Reconnects = 14,
            Restarts = 15,
            Signals = 16,
            Resent = 50,
            Outbound = new OutboundState { Depth = 21, OldestAge = 22, Published = 23, Retried = 24, DeadLettered = 25, Dropped = 26, Expired = 27 },
            DecodeFailuresByReason = new Dictionary<string, long> { ["not_text"] = 17 },
        });

        using var response = await agent.Http.GetAsync("/metrics", cancel);

        Assert.StartsWith("text/plain; version=0.0.4", response.Content.Headers.ContentType?.ToString().Replace("charset=utf-8; ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var lines = (await response.Content.ReadAsStringAsync(cancel)).Split('\n').Where(line => line.StartsWith("plotune_", StringComparison.Ordinal)).Select(WithoutScope).Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "plotune_mqtt_broker_clients 0",
                "plotune_mqtt_broker_messages_received_total 0",
                "plotune_mqtt_broker_messages_sent_total 0",
                "plotune_mqtt_broker_queued_bytes 0",
                "plotune_mqtt_broker_retained_bytes 0",
                "plotune_mqtt_broker_retained_messages 0",
                "plotune_mqtt_broker_sessions 0",
                "plotune_mqtt_connected{connection=\"plant\"} 1",
                "plotune_mqtt_core_announcements_pending 0",
                "plotune_mqtt_decode_failures_total{connection=\"plant\",reason=\"not_text\"} 17",
                "plotune_mqtt_event_source_connected{source=\"nemo\"} 0",
                "plotune_mqtt_event_source_pending{source=\"nemo\"} 0",
                "plotune_mqtt_event_source_reconnects_total{source=\"nemo\"} 0",
                "plotune_mqtt_events_accepted_total{source=\"nemo\"} 0",
                "plotune_mqtt_events_dead_letters_total{source=\"nemo\"} 0",
                "plotune_mqtt_events_filtered_total{source=\"nemo\"} 0",
                "plotune_mqtt_messages_received_total{connection=\"plant\"} 11",
                "plotune_mqtt_outbound_dead_letters_total{connection=\"plant\"} 25",
                "plotune_mqtt_outbound_dropped_total{connection=\"plant\"} 26",
                "plotune_mqtt_outbound_expired_total{connection=\"plant\"} 27",
                "plotune_mqtt_outbound_oldest_seconds{connection=\"plant\"} 22",
                "plotune_mqtt_outbound_published_total{connection=\"plant\"} 23",
                "plotune_mqtt_outbound_queue_depth{connection=\"plant\"} 21",
                "plotune_mqtt_outbound_retried_total{connection=\"plant\"} 74",
                "plotune_mqtt_received_bytes_total{connection=\"plant\"} 12",
                "plotune_mqtt_reconnects_total{connection=\"plant\"} 14",
                "plotune_mqtt_samples_dropped_total{queue=\"core\"} 0",
                "plotune_mqtt_samples_dropped_total{queue=\"viewer\"} 0",
                "plotune_mqtt_samples_total{connection=\"plant\"} 13",
                "plotune_mqtt_signals{connection=\"plant\"} 16",
                "plotune_mqtt_viewers 0",
                "plotune_mqtt_worker_restarts_total{connection=\"plant\"} 15",
            ],
            lines);
    }

    /// <summary>Without the labels and the time stamp the exporter adds.</summary>
    private static string WithoutScope(string line)
    {
        var name = line[..line.IndexOfAny(['{', ' '])];
        var labels = line.Contains('{') ? line[(line.IndexOf('{') + 1)..line.LastIndexOf('}')].Split(',').Where(label => !label.StartsWith("otel_scope_", StringComparison.Ordinal)) : [];
        var value = line[(line.Contains('}') ? line.LastIndexOf('}') + 2 : name.Length + 1)..].Split(' ')[0];
        var inner = string.Join(',', labels);
        return inner.Length == 0 ? $"{name} {value}" : $"{name}{{{inner}}} {value}";
    }
}
