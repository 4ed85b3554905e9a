namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Whether events of one type are published; types without a filter are.</summary>
/// <param name="Type">The member <c>event</c> of the event's payload, such as <c>tool_saved</c>.</param>
internal sealed record EventFilter(string Type, bool Enabled);
