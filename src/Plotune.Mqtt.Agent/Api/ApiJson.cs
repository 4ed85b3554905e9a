using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plotune.Mqtt.Agent.Monitor;
using Plotune.Mqtt.Agent.Monitor.Diagnosis;

namespace Plotune.Mqtt.Agent.Api;

[JsonSerializable(typeof(DetailAnswer))]
[JsonSerializable(typeof(FaultsAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(OutcomeAnswer))]
[JsonSerializable(typeof(FunctionsAnswer))]
[JsonSerializable(typeof(BridgesAnswer))]
[JsonSerializable(typeof(BridgeAnswer))]
[JsonSerializable(typeof(EventSourcesAnswer))]
[JsonSerializable(typeof(EventSourceAnswer))]
[JsonSerializable(typeof(EventSourceTestAnswer))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(LiveError))]
[JsonSerializable(typeof(AgentStatusAnswer))]
[JsonSerializable(typeof(ConnectionsAnswer))]
[JsonSerializable(typeof(ConnectionAnswer))]
[JsonSerializable(typeof(DiagnosisAnswer))]
[JsonSerializable(typeof(TestAnswer))]
[JsonSerializable(typeof(MessagesAnswer))]
[JsonSerializable(typeof(BuiltInBrokerAnswer))]
[JsonSerializable(typeof(DeadLettersAnswer))]
[JsonSerializable(typeof(CountAnswer))]
[JsonSerializable(typeof(MonitorHello))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Escapes what JSON demands and nothing else: answers are read by people too, and are never part of a page.</summary>
    public static ApiJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
