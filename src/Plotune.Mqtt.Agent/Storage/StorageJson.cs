using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>JSON of the records in the state file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredConnection))]
[JsonSerializable(typeof(StoredBuiltInBroker))]
[JsonSerializable(typeof(StoredRedisSource))]
[JsonSerializable(typeof(StoredBridge))]
internal sealed partial class StorageJson : JsonSerializerContext;
