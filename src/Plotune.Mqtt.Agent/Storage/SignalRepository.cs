using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores the signal catalog: which identity has which key, for ever.</summary>
internal sealed class SignalRepository(StateDatabase database)
{
    /// <summary>All stored signals in the order they were first stored, those of deleted connections included, of which the oldest past the limit are forgotten.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public Task<List<StoredSignal>> LoadAsync(int maximumReserved, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            Forget(connection, maximumReserved);
            return Load(connection);
        },
        cancellationToken);

    /// <summary>Stores signals, new or known. The key of a known one never changes.</summary>
    /// <exception cref="StorageException">They cannot be stored for now.</exception>
    public Task SaveAsync(IReadOnlyList<Signal> signals, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => Save(connection, signals), durable: false, cancellationToken);

    private static void Save(SqliteConnection connection, IReadOnlyList<Signal> signals)
    {
        using var command = connection.Prepare(
            """
            INSERT INTO signals (connection, topic, path, key, kind, unit, description, first_seen)
            VALUES ($connection, $topic, $path, $key, $kind, $unit, $description, $first_seen)
            ON CONFLICT (connection, topic, path) DO UPDATE SET kind = excluded.kind, unit = excluded.unit, description = excluded.description
            """,
            ("$connection", ""), ("$topic", ""), ("$path", ""), ("$key", ""), ("$kind", 0), ("$unit", null), ("$description", null), ("$first_seen", 0L));
        foreach (var signal in signals)
        {
            command.Set("$connection", signal.Connection);
            command.Set("$topic", signal.Topic);
            command.Set("$path", signal.Path);
            command.Set("$key", signal.Key);
            command.Set("$kind", (int)signal.Kind);
            command.Set("$unit", signal.Unit);
            command.Set("$description", signal.Description);
            command.Set("$first_seen", (signal.FirstSeen - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            command.ExecuteNonQuery();
        }
    }

    private static void Forget(SqliteConnection connection, int maximumReserved)
    {
        using var command = connection.Prepare(
            """
            DELETE FROM signals WHERE id IN (
                SELECT id FROM signals WHERE connection NOT IN (SELECT name FROM connections) ORDER BY id DESC LIMIT -1 OFFSET $maximum)
            """,
            ("$maximum", maximumReserved));
        command.ExecuteNonQuery();
    }

    private static List<StoredSignal> Load(SqliteConnection connection)
    {
        using var command = connection.Prepare("SELECT connection, topic, path, key, kind, unit, description, first_seen FROM signals ORDER BY id");
        using var reader = command.ExecuteReader();
        var signals = new List<StoredSignal>();
        while (reader.Read())
        {
            signals.Add(new StoredSignal(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                (SignalValueKind)reader.GetByte(4),
                reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetString(6),
                reader.IsDBNull(7) ? null : DateTimeOffset.UnixEpoch.AddMicroseconds(reader.GetInt64(7))));
        }

        return signals;
    }
}
