using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>An event as it was in Redis, and what it turned out to be.</summary>
/// <param name="Raw">The list's entry, byte for byte.</param>
/// <param name="Time">Seconds since 1970, as the producer says; null if it does not.</param>
internal sealed record TakenEvent(ReadOnlyMemory<byte> Raw, double? Time)
{
    /// <summary>What is to be published; null if the event is filtered out or cannot be published.</summary>
    public OutboundMessage? Message { get; init; }

    /// <summary>Why it cannot be published, as a sentence; null if it can, or is filtered out.</summary>
    public string? Fault { get; init; }

    public bool IsFilteredOut => Message is null && Fault is null;
}
