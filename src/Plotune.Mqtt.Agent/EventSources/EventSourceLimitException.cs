namespace Plotune.Mqtt.Agent.EventSources;

/// <summary>There are as many event sources as allowed.</summary>
internal sealed class EventSourceLimitException(int limit) : Exception($"There are {limit} event sources, which is the limit; remove one first.");
