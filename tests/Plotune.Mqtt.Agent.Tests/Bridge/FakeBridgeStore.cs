using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

/// <summary>Remembers bridges in memory; can fail. Thread-safe.</summary>
internal sealed class FakeBridgeStore : IBridgeStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredVariable> _stored = new(StringComparer.Ordinal);

    /// <summary>Thrown at every change until null.</summary>
    public StorageException? Failure { get; set; }

    public IReadOnlyList<StoredVariable> Stored
    {
        get
        {
            lock (_lock) return [.. _stored.Values];
        }
    }

    public Task<IReadOnlyList<StoredVariable>> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(Stored);

    public Task SaveAsync(BridgeConfig config, CancellationToken cancellationToken) =>
        Change(() => _stored[config.Name] = new StoredVariable(config, _stored.TryGetValue(config.Name, out var known) ? known.Taken : []));

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Change(() => _stored.Remove(name));

    public Task SaveTakenAsync(IReadOnlyDictionary<string, byte[]> taken, CancellationToken cancellationToken) => Change(() =>
    {
        foreach (var (name, times) in taken)
        {
            if (_stored.TryGetValue(name, out var known)) _stored[name] = known with { Taken = times };
        }
    });

    private Task Change(Action change)
    {
        if (Failure is { } failure) return Task.FromException(failure);
        lock (_lock) change();
        return Task.CompletedTask;
    }
}
