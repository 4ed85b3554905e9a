using System.Net;
using System.Text.Json;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores the settings of the built-in broker.</summary>
internal sealed partial class BuiltInBrokerRepository(StateDatabase database, ILogger<BuiltInBrokerRepository> logger) : IBuiltInBrokerStore
{
    /// <inheritdoc/>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task<BuiltInBrokerSettings?> LoadAsync(CancellationToken cancellationToken)
    {
        var text = await database.ReadAsync(static connection => connection.QueryScalar("SELECT settings FROM built_in_broker") as string, cancellationToken).ConfigureAwait(false);
        return text is null ? null : Parse(text);
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken)
    {
        var stored = new StoredBuiltInBroker(
            settings.Enabled,
            settings.Port,
            settings.WebSocketPort,
            settings.Bind.ToString(),
            settings.UserName,
            settings.Password?.ToStored() ?? "",
            settings.AgentToken?.ToStored() ?? "",
            settings.ConnectionMade);
        var text = JsonSerializer.Serialize(stored, StorageJson.Default.StoredBuiltInBroker);
        return database.ExecuteAsync(
            "INSERT INTO built_in_broker (id, settings) VALUES (1, $settings) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
            cancellationToken,
            ("$settings", text));
    }

    /// <summary>Settings that cannot be read switch the broker off: it must not run without the password it had.</summary>
    private BuiltInBrokerSettings Parse(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, StorageJson.Default.StoredBuiltInBroker) is { } stored && Read(stored) is { } settings)
                return settings;
        }
        catch (JsonException exception)
        {
            Log.Unreadable(logger, exception.Message);
            return new BuiltInBrokerSettings();
        }

        Log.Unreadable(logger, "a value in it is damaged");
        return new BuiltInBrokerSettings();
    }

    /// <returns>Null if any value is missing or not what this version writes.</returns>
    private static BuiltInBrokerSettings? Read(StoredBuiltInBroker stored)
    {
        if (stored is not { Bind: { } bind, UserName: { } userName, Password: { } password, AgentToken: { } token } || !IPAddress.TryParse(bind, out var address)) return null;
        var hash = PasswordHash.FromStored(password);
        if (password.Length > 0 && hash is null) return null;
        var settings = new BuiltInBrokerSettings
        {
            Enabled = stored.Enabled,
            Port = stored.Port,
            WebSocketPort = stored.WebSocketPort,
            Bind = address,
            UserName = userName,
            Password = hash,
            AgentToken = BuiltInBroker.AgentToken.FromStored(token),
            ConnectionMade = stored.ConnectionMade,
        };
        var faults = new FaultList();
        BrokerOptionsRules.Check(settings.ToOptions(), BrokerOptionNames.Stored, faults);
        return faults.Count == 0 ? settings : null;
    }

    private static partial class Log
    {
        [LoggerMessage(3610, LogLevel.Error, "The stored settings of the built-in broker cannot be read ({Reason}); it is switched off. Enter them again.")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}
