using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>JSON of the frames that carry records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(WorkerSettings))]
[JsonSerializable(typeof(WorkerTopic[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(WorkerHeldTopic[]))]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(WorkerCounters))]
[JsonSerializable(typeof(WorkerNotice))]
[JsonSerializable(typeof(WorkerMessages))]
[JsonSerializable(typeof(WorkerSubscription[]))]
[JsonSerializable(typeof(WorkerTestResult))]
public sealed partial class WorkerJson : JsonSerializerContext;
