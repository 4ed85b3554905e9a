using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Stores changes to bridges. What cannot be stored for now stays in memory and is tried again; the newest change of a bridge counts. One caller at a time.</summary>
internal sealed class BridgeStorage(IBridgeStore store)
{
    private readonly Dictionary<string, BridgeConfig?> _unstored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TakenSamples Samples, long Position)> _stored = new(StringComparer.Ordinal);

    /// <returns>Null if stored, otherwise why not yet.</returns>
    public Task<string?> SaveAsync(BridgeConfig config) => StoreAsync(config.Name, config);

    /// <inheritdoc cref="SaveAsync"/>
    public Task<string?> DeleteAsync(string name)
    {
        _stored.Remove(name);
        return StoreAsync(name, null);
    }

    /// <summary>Tries again what could not be stored, and stores which samples were taken since the last time.</summary>
    public async Task CatchUpAsync(IReadOnlyCollection<BridgedVariable> bridges)
    {
        foreach (var (name, config) in _unstored.ToArray())
            await StoreAsync(name, config).ConfigureAwait(false);

        var taken = new Dictionary<string, byte[]>();
        var positions = new Dictionary<string, (TakenSamples Samples, long Position)>();
        foreach (var bridge in bridges)
        {
            var times = bridge.Taken.ToStored(out var position);
            if (_stored.TryGetValue(bridge.Config.Name, out var known) ? known == (bridge.Taken, position) : position == 0) continue;
            taken[bridge.Config.Name] = times;
            positions[bridge.Config.Name] = (bridge.Taken, position);
        }

        if (taken.Count == 0) return;
        try
        {
            await store.SaveTakenAsync(taken, CancellationToken.None).ConfigureAwait(false);
            foreach (var (name, position) in positions) _stored[name] = position;
        }
        catch (StorageException)
        {
            // The state file itself says so in the log; it costs a few repeats at worst, and is tried again.
        }
    }

    private async Task<string?> StoreAsync(string name, BridgeConfig? config)
    {
        try
        {
            // A change that has begun to be stored is not cancelled half-way.
            await (config is null ? store.DeleteAsync(name, CancellationToken.None) : store.SaveAsync(config, CancellationToken.None)).ConfigureAwait(false);
            _unstored.Remove(name);
            return null;
        }
        catch (StorageException exception)
        {
            _unstored[name] = config;
            return exception.Message;
        }
    }
}
