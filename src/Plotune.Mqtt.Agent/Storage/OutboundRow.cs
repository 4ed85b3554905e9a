using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>A waiting message as it is stored.</summary>
/// <param name="Source">Number of its source.</param>
internal readonly record struct OutboundRow(long Id, int Source, DateTimeOffset Accepted, OutboundMessage Message);
