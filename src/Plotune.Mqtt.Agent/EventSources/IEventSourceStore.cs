using Plotune.Mqtt.Agent.EventSources.Redis;

namespace Plotune.Mqtt.Agent.EventSources;

/// <summary>Where the settings survive a restart.</summary>
internal interface IEventSourceStore
{
    /// <summary>Tells data folders apart, copies in other places too; the same over restarts.</summary>
    Task<string> IdentifyAsync(CancellationToken cancellationToken);

    Task<StoredEventSources> LoadAsync(CancellationToken cancellationToken);

    Task SaveAsync(RedisSourceSettings settings, CancellationToken cancellationToken);

    /// <summary>Forgets the settings; that there was one of this name is remembered.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <param name="Sources">Ordered by name.</param>
/// <param name="Known">Names of those and of deleted ones.</param>
internal sealed record StoredEventSources(IReadOnlyList<RedisSourceSettings> Sources, IReadOnlySet<string> Known);
