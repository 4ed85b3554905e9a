using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>What a worker's session at the broker holds.</summary>
/// <param name="Session">Which session: broker, protocol and Client Identifier. Of another session nothing is known.</param>
internal sealed record HeldTopics(string Session, IReadOnlyList<WorkerHeldTopic> Topics);
