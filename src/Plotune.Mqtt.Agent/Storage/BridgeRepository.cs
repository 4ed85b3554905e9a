using System.Text.Json;
using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores bridges.</summary>
internal sealed partial class BridgeRepository(StateDatabase database, ILogger<BridgeRepository> logger) : IBridgeStore
{
    /// <inheritdoc/>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task<IReadOnlyList<StoredVariable>> LoadAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            static connection =>
            {
                using var command = connection.Prepare("SELECT name, settings, taken FROM bridges ORDER BY name");
                using var reader = command.ExecuteReader();
                var found = new List<(string Name, string Settings, byte[] Taken)>();
                while (reader.Read())
                    found.Add((reader.GetString(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
                return found;
            },
            cancellationToken).ConfigureAwait(false);

        var loaded = new List<StoredVariable>();
        foreach (var (name, settings, taken) in rows)
        {
            if (Parse(name, settings) is { } config)
                loaded.Add(new StoredVariable(config, taken));
        }

        return loaded;
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveAsync(BridgeConfig config, CancellationToken cancellationToken)
    {
        var stored = new StoredBridge
        {
            Host = config.Source.Host,
            Port = config.Source.Port,
            SamplesPerSecond = config.Options.SamplesPerSecond,
            DeadBand = config.Options.DeadBand,
        };
        var settings = JsonSerializer.Serialize(stored, StorageJson.Default.StoredBridge);
        return database.ExecuteAsync(
            "INSERT INTO bridges (name, settings, taken) VALUES ($name, $settings, x'') ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
            cancellationToken,
            ("$name", config.Name),
            ("$settings", settings));
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be done for now.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => database.ExecuteAsync(
        "DELETE FROM bridges WHERE name = $name",
        cancellationToken,
        ("$name", name));

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveTakenAsync(IReadOnlyDictionary<string, byte[]> taken, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            using var command = connection.Prepare("UPDATE bridges SET taken = $taken WHERE name = $name", ("$name", ""), ("$taken", Array.Empty<byte>()));
            foreach (var (name, times) in taken)
            {
                command.Set("$name", name);
                command.Set("$taken", times);
                command.ExecuteNonQuery();
            }
        },
        durable: false,
        cancellationToken);

    private BridgeConfig? Parse(string name, string settings)
    {
        try
        {
            if (JsonSerializer.Deserialize(settings, StorageJson.Default.StoredBridge) is { } stored && BridgeSource.Parse(stored.Host, stored.Port, out _) is { } source)
                return new BridgeConfig(name, source) { Options = new BridgeOptions(stored.SamplesPerSecond, stored.DeadBand) };
            Log.Unreadable(logger, name, "a value in it is damaged");
        }
        catch (JsonException exception)
        {
            Log.Unreadable(logger, name, exception.Message);
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(3750, LogLevel.Error, "The stored bridge {Bridge} cannot be read ({Reason}); bridge the variable again")]
        public static partial void Unreadable(ILogger logger, string bridge, string reason);
    }
}
