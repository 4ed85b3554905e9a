using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Where messages come from: a bridge or an event source. Messages of one source keep their order.</summary>
/// <param name="Name">Unique, the same over restarts, such as <c>bridge:motor</c> or <c>events:nemo</c>.</param>
internal sealed record OutboundSource(string Name, OverflowPolicy Overflow)
{
    /// <summary>Name of the source of what comes by HTTP.</summary>
    public const string Api = "api";

    private const string BridgePrefix = "bridge:";
    private const string EventsPrefix = "events:";

    /// <summary>Name of the source that a bridged variable is.</summary>
    public static string OfBridge(string variable) => BridgePrefix + variable;

    /// <summary>Name of the source that an event source in Redis is.</summary>
    public static string OfEvents(string eventSource) => EventsPrefix + eventSource;

    /// <summary>What a source of that name is.</summary>
    public static PublishSource KindOf(string name)
    {
        if (name == Api) return PublishSource.Api;
        if (name.StartsWith(BridgePrefix, StringComparison.Ordinal)) return PublishSource.Bridge;
        return name.StartsWith(EventsPrefix, StringComparison.Ordinal) ? PublishSource.Redis : PublishSource.Unknown;
    }
}

/// <summary>What happens to messages for which a queue has no room.</summary>
internal enum OverflowPolicy
{
    /// <summary>They are not accepted; the source keeps them and tries again.</summary>
    Refuse,

    /// <summary>The oldest messages of the same source that are not under way make room and are counted; if there are none, the new ones are left out and counted.</summary>
    DropOldest,
}
