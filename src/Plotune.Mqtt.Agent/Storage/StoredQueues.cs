namespace Plotune.Mqtt.Agent.Storage;

/// <summary>What is known of the outbound queues without reading any message.</summary>
internal sealed record StoredQueues(IReadOnlyList<StoredQueue> Queues, IReadOnlyList<(int Number, string Name)> Sources, IReadOnlyList<StoredCount> Counts);

/// <param name="Connection">Null if it is deleted.</param>
/// <param name="LastId">Identifier of the newest message.</param>
internal sealed record StoredQueue(int Number, string? Connection, long LastId);

/// <summary>What one source has waiting in one queue.</summary>
internal sealed record StoredCount(int Queue, int Source, long Records, long Bytes);
