namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>A stored message that is done with and has to go from the state file.</summary>
/// <param name="Bytes">Its size as counted.</param>
/// <param name="Letter">The message, if it becomes a dead letter.</param>
internal readonly record struct SettledRecord(long Id, SourceEntry Source, int Bytes, RefusedMessage? Letter);
