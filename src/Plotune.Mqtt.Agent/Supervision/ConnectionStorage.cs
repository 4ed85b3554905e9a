using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Stores changes to connections. What cannot be stored for now stays in memory and is tried again; the newest change of a connection counts. One caller at a time.</summary>
internal sealed class ConnectionStorage(ConnectionRepository repository)
{
    private readonly Dictionary<string, BrokerConnectionConfig?> _unstored = new(StringComparer.Ordinal);

    /// <returns>Null if stored, otherwise why not yet.</returns>
    public Task<string?> SaveAsync(BrokerConnectionConfig config) => StoreAsync(config.Name, config);

    /// <inheritdoc cref="SaveAsync"/>
    public Task<string?> DeleteAsync(string name) => StoreAsync(name, null);

    /// <summary>Tries again what could not be stored.</summary>
    public async Task RetryAsync()
    {
        foreach (var (name, config) in _unstored.ToArray())
            await StoreAsync(name, config).ConfigureAwait(false);
    }

    private async Task<string?> StoreAsync(string name, BrokerConnectionConfig? config)
    {
        try
        {
            // A change that has begun to be stored is not cancelled half-way.
            await (config is null ? repository.DeleteAsync(name, CancellationToken.None) : repository.SaveAsync(config, CancellationToken.None)).ConfigureAwait(false);
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
