using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>Body of <c>POST /heartbeat</c>.</summary>
/// <param name="Timestamp">Seconds since 1970.</param>
internal sealed record HeartbeatMessage(string Id, double Timestamp);

/// <summary>Body of <c>POST /add/variable</c>.</summary>
internal sealed record VariableMessage(string Name, string Desc, string ExtensionId);

/// <summary>Body of <c>POST /api/toast</c>.</summary>
/// <param name="Duration">Milliseconds.</param>
internal sealed record ToastMessage(string Title, string Message, int Duration);

/// <summary>Answer of <c>GET /api/auth</c>.</summary>
internal sealed record AuthAnswer(string? Username, string? AuthToken, bool Valid);

/// <summary>Core's spelling of the messages above.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HeartbeatMessage))]
[JsonSerializable(typeof(VariableMessage))]
[JsonSerializable(typeof(ToastMessage))]
[JsonSerializable(typeof(AuthAnswer))]
internal sealed partial class CoreJson : JsonSerializerContext;
