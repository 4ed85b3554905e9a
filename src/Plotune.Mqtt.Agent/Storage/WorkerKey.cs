namespace Plotune.Mqtt.Agent.Storage;

/// <summary>One worker of one connection.</summary>
/// <param name="Worker">Its index, from 0.</param>
internal readonly record struct WorkerKey(string Connection, int Worker);
