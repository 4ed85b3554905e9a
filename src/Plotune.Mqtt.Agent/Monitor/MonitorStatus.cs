using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>The state of everything but signals, by the same records as the API's answers. Thread-safe.</summary>
internal sealed class MonitorStatus(
    AgentStatus agent, IConnectionManager connections, Producers producers, BridgeService bridges, EventSourceService sources, IOutboundQueues queues, BuiltInBrokerService broker, BrokerCounters counters)
{
    public AgentStatusAnswer ReadAgent() => agent.Read();

    /// <summary>Writes all but the agent's own state, as members of the object begun.</summary>
    public void WriteParts(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("connections");
        foreach (var connection in connections.List())
            JsonSerializer.Serialize(writer, ConnectionAnswer.Of(connection, producers.IsChosen(connection.Config.Name)), ApiJson.Readable.ConnectionAnswer);
        writer.WriteEndArray();
        writer.WriteStartArray("bridges");
        foreach (var bridge in bridges.List())
            JsonSerializer.Serialize(writer, BridgeAnswer.Of(bridge), ApiJson.Readable.BridgeAnswer);
        writer.WriteEndArray();
        writer.WriteStartArray("eventSources");
        foreach (var source in sources.List())
            JsonSerializer.Serialize(writer, EventSourceAnswer.Of(source, queues), ApiJson.Readable.EventSourceAnswer);
        writer.WriteEndArray();
        writer.WritePropertyName("builtInBroker");
        JsonSerializer.Serialize(writer, BuiltInBrokerAnswer.Of(broker, counters), ApiJson.Readable.BuiltInBrokerAnswer);
    }
}
