using System.Text.Json;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores the settings of event sources.</summary>
internal sealed partial class EventSourceRepository(StateDatabase database, SecretProtector protector, ILogger<EventSourceRepository> logger) : IEventSourceStore
{
    // Parts of what a secret is encrypted for; never renamed.
    private const string OwnerPrefix = "event source ";
    private const string Password = "password";

    private readonly ConnectionRecord _record = new(protector);

    /// <inheritdoc/>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public Task<string> IdentifyAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(static connection => $"{connection.QueryScalar("SELECT identity FROM agent_identity")}:{connection.DataSource}", cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task<StoredEventSources> LoadAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            static connection =>
            {
                using var command = connection.Prepare("SELECT name, settings FROM event_sources ORDER BY name");
                using var reader = command.ExecuteReader();
                var found = new List<(string Name, string? Settings)>();
                while (reader.Read()) found.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1)));
                return found;
            },
            cancellationToken).ConfigureAwait(false);
        var sources = rows.Where(row => row.Settings is not null).Select(row => Parse(row.Name, row.Settings!)).OfType<RedisSourceSettings>();
        return new StoredEventSources([.. sources], rows.Select(row => row.Name).ToHashSet(StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveAsync(RedisSourceSettings settings, CancellationToken cancellationToken)
    {
        var text = JsonSerializer.Serialize(ToStored(settings), StorageJson.Default.StoredRedisSource);
        return WriteAsync(settings.Name, text, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => WriteAsync(name, null, cancellationToken);

    private Task WriteAsync(string name, string? settings, CancellationToken cancellationToken) => database.ExecuteAsync(
        "INSERT INTO event_sources (name, settings) VALUES ($name, $settings) ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
        cancellationToken,
        ("$name", name),
        ("$settings", settings));

    private StoredRedisSource ToStored(RedisSourceSettings settings) => new()
    {
        Enabled = settings.Enabled,
        Host = settings.Host,
        Port = settings.Port,
        Database = settings.Database,
        UserName = settings.UserName,
        Password = protector.Protect(settings.Password, OwnerPrefix + settings.Name, Password),
        UsesTls = settings.UsesTls,
        Tls = _record.ToStored(settings.Tls, OwnerPrefix + settings.Name),
        Lists = [.. settings.Lists],
        StatusKeys = [.. settings.StatusKeys],
        ControlLists = [.. settings.ControlLists],
        Connections = [.. settings.Connections],
        TopicPrefix = settings.TopicPrefix,
        Qos = settings.QualityOfService,
        Retain = settings.Retain,
        Events = [.. settings.Events.Select(filter => new StoredEventFilter(filter.Type, filter.Enabled))],
        Topics = [.. settings.Topics.Select(topic => new StoredTopicOverride(topic.Match, topic.Topic))],
    };

    private RedisSourceSettings? Parse(string name, string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, StorageJson.Default.StoredRedisSource) is { } stored ? FromStored(name, stored) : null;
        }
        catch (JsonException exception)
        {
            Log.Unreadable(logger, name, exception.Message);
            return null;
        }
    }

    private RedisSourceSettings FromStored(string name, StoredRedisSource stored)
    {
        return new RedisSourceSettings
        {
            Name = name,
            Enabled = stored.Enabled,
            Host = stored.Host,
            Port = stored.Port,
            Database = stored.Database,
            UserName = stored.UserName,
            Password = protector.Unprotect(stored.Password, OwnerPrefix + name, Password),
            UsesTls = stored.UsesTls,
            Tls = _record.TlsFromStored(stored.Tls, OwnerPrefix + name),
            Lists = [.. stored.Lists],
            StatusKeys = [.. stored.StatusKeys],
            ControlLists = [.. stored.ControlLists],
            Connections = [.. stored.Connections],
            TopicPrefix = stored.TopicPrefix,
            QualityOfService = stored.Qos,
            Retain = stored.Retain,
            Events = [.. stored.Events.Select(filter => new EventFilter(filter.Type, filter.Enabled))],
            Topics = [.. stored.Topics.Select(topic => new TopicOverride(topic.Match, topic.Topic))],
        };
    }

    private static partial class Log
    {
        [LoggerMessage(3820, LogLevel.Error, "The stored settings of event source {Source} cannot be read ({Reason}); enter them again")]
        public static partial void Unreadable(ILogger logger, string source, string reason);
    }
}
