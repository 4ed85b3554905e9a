using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.Configuration;

[JsonSerializable(typeof(FormSchema))]
internal sealed partial class FormJson : JsonSerializerContext
{
    /// <summary>Escapes what JSON demands and nothing else.</summary>
    public static FormJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
