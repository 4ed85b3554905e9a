using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores the settings of connections.</summary>
internal sealed partial class ConnectionRepository(StateDatabase database, SecretProtector protector, ILogger<ConnectionRepository> logger)
{
    private readonly ConnectionRecord _record = new(protector);

    /// <summary>All stored connections, ordered by name, secrets that cannot be decrypted any more as lost ones. A row that cannot be read is logged and left as it is.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task<IReadOnlyList<BrokerConnectionConfig>> LoadAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            static connection =>
            {
                using var command = connection.Prepare("SELECT name, settings FROM connections ORDER BY name");
                using var reader = command.ExecuteReader();
                var found = new List<(string Name, string Settings)>();
                while (reader.Read())
                    found.Add((reader.GetString(0), reader.GetString(1)));
                return found;
            },
            cancellationToken).ConfigureAwait(false);

        var loaded = new List<BrokerConnectionConfig>();
        foreach (var (name, settings) in rows)
        {
            if (Parse(name, settings) is { } stored)
                loaded.Add(_record.FromStored(name, stored));
        }

        return loaded;
    }

    /// <summary>Stores a connection, new or known; survives a power loss once complete.</summary>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveAsync(BrokerConnectionConfig config, CancellationToken cancellationToken)
    {
        string settings;
        try
        {
            settings = JsonSerializer.Serialize(_record.ToStored(config), StorageJson.Default.StoredConnection);
        }
        catch (StorageException exception)
        {
            return Task.FromException(exception);
        }

        return database.ExecuteAsync(
            "INSERT INTO connections (name, settings) VALUES ($name, $settings) ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
            cancellationToken,
            ("$name", config.Name),
            ("$settings", settings));
    }

    /// <summary>Forgets a connection's settings. Its signals' names stay.</summary>
    /// <exception cref="StorageException">It cannot be done for now.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => database.ExecuteAsync(
        "DELETE FROM connections WHERE name = $name",
        cancellationToken,
        ("$name", name));

    private StoredConnection? Parse(string name, string settings)
    {
        try
        {
            return JsonSerializer.Deserialize(settings, StorageJson.Default.StoredConnection);
        }
        catch (JsonException exception)
        {
            Log.Unreadable(logger, name, exception.Message);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3003, LogLevel.Error, "The stored settings of connection {Connection} cannot be read ({Reason}); enter the connection again")]
        public static partial void Unreadable(ILogger logger, string connection, string reason);
    }
}
