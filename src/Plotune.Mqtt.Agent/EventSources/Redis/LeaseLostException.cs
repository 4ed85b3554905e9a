namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Another one works a list of ours, or may do so: whatever was taken from it is no longer ours to handle.</summary>
internal sealed class LeaseLostException(string list) : Exception($"The lease on '{list}' is lost.");
