using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>The keys that belong to one list of events. All but the list itself are ours.</summary>
internal sealed class RedisKeys(string list)
{
    private const string Infix = ":plotune:";

    /// <summary>The producer's list, newest event on the left.</summary>
    public RedisKey Events { get; } = list;

    /// <summary>Events taken and not yet stored in the outbound queues, in the same order.</summary>
    public RedisKey InWork { get; } = list + Infix + "in-work";

    /// <summary>Events that cannot be published, newest on the left.</summary>
    public RedisKey Dead { get; } = list + Infix + "dead";

    /// <summary>Says who works the list.</summary>
    public RedisKey Lease { get; } = list + Infix + "lease";

    public string Name => list;

    /// <summary>A key that this agent writes for some list, and that can be no list of events.</summary>
    public static bool IsOurs(string key) => key.Contains(Infix, StringComparison.Ordinal);
}
