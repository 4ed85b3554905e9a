using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

/// <summary>Keeps the settings in memory.</summary>
internal sealed class FakeEventSourceStore : IEventSourceStore
{
    private readonly ConcurrentDictionary<string, RedisSourceSettings?> _stored = new(StringComparer.Ordinal);

    public Exception? Failure { get; set; }

    public Task<string> IdentifyAsync(CancellationToken cancellationToken) => Task.FromResult("test");

    public Task<StoredEventSources> LoadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new StoredEventSources([.. _stored.Values.OfType<RedisSourceSettings>().OrderBy(source => source.Name, StringComparer.Ordinal)], _stored.Keys.ToHashSet(StringComparer.Ordinal)));

    public Task SaveAsync(RedisSourceSettings settings, CancellationToken cancellationToken) => KeepAsync(settings.Name, settings);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => KeepAsync(name, null);

    private Task KeepAsync(string name, RedisSourceSettings? settings)
    {
        if (Failure is { } failure) return Task.FromException(failure);
        _stored[name] = settings;
        return Task.CompletedTask;
    }
}
