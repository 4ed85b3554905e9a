namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Where messages come from: a bridge or an event source. Messages of one source keep their order.</summary>
/// <param name="Name">Unique, the same over restarts, such as <c>bridge:motor</c> or <c>events:nemo</c>.</param>
internal sealed record OutboundSource(string Name, OverflowPolicy Overflow);

/// <summary>What happens to messages for which a queue has no room.</summary>
internal enum OverflowPolicy
{
    /// <summary>They are not accepted; the source keeps them and tries again.</summary>
    Refuse,

    /// <summary>The oldest messages of the same source that are not under way make room and are counted; if there are none, the new ones are left out and counted.</summary>
    DropOldest,
}
