using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>What is remembered of a signal over a restart.</summary>
/// <param name="FirstSeen">To the microsecond; null if it was not stored.</param>
internal sealed record StoredSignal(string Connection, string Topic, string Path, string Key, SignalValueKind Kind, string? Unit, string? Description, DateTimeOffset? FirstSeen = null);
