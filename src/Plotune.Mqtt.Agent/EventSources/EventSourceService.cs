using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.EventSources;

/// <summary>All event sources: their settings, and each at work by them. Thread-safe.</summary>
internal sealed class EventSourceService(
    IEventSourceStore store,
    IOutboundQueues queues,
    IConnectionManager connections,
    PluginManifest manifest,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory) : IAsyncDisposable
{
    /// <summary>Most event sources.</summary>
    public const int MaximumSources = 16;

    private readonly ConcurrentDictionary<string, RedisEventSource> _sources = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1);
    private string _agent = "";
    private bool _stopped;

    /// <summary>All sources, ordered by name.</summary>
    public IReadOnlyList<RedisEventSource> List() => [.. _sources.Values.OrderBy(source => source.Settings.Name, StringComparer.Ordinal)];

    public RedisEventSource? Get(string name) => _sources.GetValueOrDefault(name);

    /// <summary>Starts the stored sources, and those of plugin.json that nobody has changed or deleted. To be called once the connections are started.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            _agent = await store.IdentifyAsync(cancellationToken);
            var stored = await store.LoadAsync(cancellationToken);
            connections.EventOccurred += Tell;
            foreach (var settings in stored.Sources.Concat(manifest.EventSources.Where(source => !stored.Known.Contains(source.Name)))) Run(settings, null);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stores the settings and applies them at once.</summary>
    /// <exception cref="EventSourceLimitException">It would be one source too many.</exception>
    /// <exception cref="Storage.StorageException">They cannot be stored for now; nothing is changed.</exception>
    public async Task<RedisEventSource> PutAsync(RedisSourceSettings settings, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            var running = Get(settings.Name);
            if (running is null && _sources.Count >= MaximumSources) throw new EventSourceLimitException(MaximumSources);
            await store.SaveAsync(settings, cancellationToken);
            if (running is not null && running.Settings == settings) return running;
            // From here on the caller's patience is not asked: half a change would be worse than a late one.
            if (running is not null) await running.DisposeAsync();
            return Run(settings, running?.Progress);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops a source and forgets its settings. Events it has not stored stay in, or go back to, their lists.</summary>
    /// <returns>False if there is no such source.</returns>
    /// <exception cref="Storage.StorageException">It cannot be forgotten for now; nothing is changed.</exception>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (Get(name) is not { } running) return false;
            await store.DeleteAsync(name, cancellationToken);
            _sources.TryRemove(name, out _);
            await running.DisposeAsync();
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops every source; to be called before the connections and their queues are stopped. Stored settings stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        try
        {
            _stopped = true;
            connections.EventOccurred -= Tell;
            await Task.WhenAll(_sources.Values.Select(source => source.DisposeAsync().AsTask()));
        }
        finally
        {
            _changing.Release();
        }
    }

    private RedisEventSource Run(RedisSourceSettings settings, SourceProgress? progress)
    {
        var source = new RedisEventSource(settings, _agent, queues, connections, manifest.Limits.Agent, progress, LeaseTiming.Default, timeProvider, loggerFactory.CreateLogger<RedisEventSource>());
        _sources[settings.Name] = source;
        source.Start();
        return source;
    }

    private void Tell(ConnectionEvent happened)
    {
        foreach (var source in _sources.Values) source.ConnectionChanged(happened.Connection);
    }
}
