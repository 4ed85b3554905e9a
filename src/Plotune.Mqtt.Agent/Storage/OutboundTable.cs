using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// The waiting messages of all queues. An identifier holds the queue's number and the place in the queue, so that each queue lies together, in order, and needs no index. How much waits
/// is kept beside, because counting a million rows means reading all of them. For the owning task of the database alone.
/// </summary>
internal sealed class OutboundTable
{
    /// <summary>Queues have numbers from 1 to this.</summary>
    public const int MaximumQueue = short.MaxValue - 1;

    private const int PlaceBits = 48;

    private readonly KeptCommand _insert = new(
        "INSERT INTO outbound (id, source, flags, accepted, expires, topic, payload) VALUES ($id, $source, $flags, $accepted, $expires, $topic, $payload)",
        "$id", "$source", "$flags", "$accepted", "$expires", "$topic", "$payload");

    private readonly KeptCommand _delete = new("DELETE FROM outbound WHERE id BETWEEN $first AND $last", "$first", "$last");

    private readonly KeptCommand _read = new(
        "SELECT id, source, flags, accepted, expires, topic, payload FROM outbound WHERE id > $after AND id <= $through ORDER BY id LIMIT $limit", "$after", "$through", "$limit");

    private readonly KeptCommand _find = new(
        "SELECT id, octet_length(topic) + octet_length(payload) FROM outbound WHERE id > $after AND id <= $through AND source = $source ORDER BY id", "$after", "$through", "$source");

    private readonly KeptCommand _count = new(
        """
        INSERT INTO outbound_counts (queue, source, records, bytes) VALUES ($queue, $source, $records, $bytes)
        ON CONFLICT (queue, source) DO UPDATE SET records = records + excluded.records, bytes = bytes + excluded.bytes
        """,
        "$queue", "$source", "$records", "$bytes");

    private readonly KeptCommand _addSource = new("INSERT OR IGNORE INTO outbound_sources (number, name) VALUES ($number, $name)", "$number", "$name");

    /// <summary>The least identifier of a queue, before that of its first message.</summary>
    public static long Floor(int queue) => (long)queue << PlaceBits;

    public void Insert(SqliteConnection connection, long id, int source, OutboundMessage message, DateTimeOffset accepted) => _insert.Execute(
        connection, id, source, OutboundFlags.Of(message), accepted.ToUnixTimeMilliseconds(), message.Expires?.ToUnixTimeMilliseconds(), message.Topic, BytesOf(message.Payload));

    /// <summary>Removes the messages from the one to the other.</summary>
    public void Delete(SqliteConnection connection, long first, long last) => _delete.Execute(connection, first, last);

    /// <summary>The next messages in order, at most as many and, but for the last, as large as said.</summary>
    /// <param name="isComplete">There are no more up to <paramref name="through"/>.</param>
    public List<OutboundRow> Read(SqliteConnection connection, long after, long through, int limit, long bytes, out bool isComplete)
    {
        var rows = new List<OutboundRow>();
        using var reader = _read.Query(connection, after, through, limit);
        while (bytes > 0 && reader.Read())
        {
            var flags = reader.GetInt32(2);
            var message = new OutboundMessage(reader.GetString(5), reader.GetFieldValue<byte[]>(6), OutboundFlags.QualityOfServiceOf(flags))
            {
                Retain = OutboundFlags.IsRetain(flags),
                IsJson = OutboundFlags.IsJson(flags),
                Expires = reader.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
            };
            rows.Add(new OutboundRow(reader.GetInt64(0), reader.GetInt32(1), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)), message));
            bytes -= message.Bytes;
        }

        isComplete = bytes > 0 && rows.Count < limit;
        return rows;
    }

    /// <summary>Oldest messages of one source, until <paramref name="enough"/> says so or there are no more.</summary>
    /// <param name="enough">Takes the size of each; true ends the search.</param>
    public List<(long Id, int Bytes)> Find(SqliteConnection connection, long after, long through, int source, Func<int, bool> enough)
    {
        var found = new List<(long, int)>();
        using var reader = _find.Query(connection, after, through, source);
        while (reader.Read())
        {
            var bytes = reader.GetInt32(1);
            found.Add((reader.GetInt64(0), bytes));
            if (enough(bytes))
                break;
        }

        return found;
    }

    /// <summary>Notes that a source has more or less in a queue than before.</summary>
    public void Count(SqliteConnection connection, int queue, int source, long records, long bytes) => _count.Execute(connection, queue, source, records, bytes);

    public void AddSource(SqliteConnection connection, int number, string name) => _addSource.Execute(connection, number, name);

    /// <summary>Gives a connection a queue with a number that is free. A queue its name still stands at belongs to a deleted connection.</summary>
    public static void AddQueue(SqliteConnection connection, int number, string name)
    {
        using (var disown = connection.Prepare("UPDATE outbound_queues SET connection = NULL WHERE connection = $name AND number <> $number", ("$name", name), ("$number", number)))
            disown.ExecuteNonQuery();
        using var add = connection.Prepare("INSERT OR IGNORE INTO outbound_queues (number, connection) VALUES ($number, $name)", ("$number", number), ("$name", name));
        add.ExecuteNonQuery();
    }

    /// <summary>Marks a queue as one whose connection is deleted, so that it is removed after a restart if not before.</summary>
    public static void Disown(SqliteConnection connection, int queue)
    {
        using var command = connection.Prepare("UPDATE outbound_queues SET connection = NULL WHERE number = $queue", ("$queue", queue));
        command.ExecuteNonQuery();
    }

    /// <summary>Removes some of the messages of a queue.</summary>
    /// <returns>False if there are none left.</returns>
    public static bool Purge(SqliteConnection connection, int queue, int limit)
    {
        using var command = connection.Prepare(
            "DELETE FROM outbound WHERE id IN (SELECT id FROM outbound WHERE id > $floor AND id < $end LIMIT $limit)",
            ("$floor", Floor(queue)), ("$end", Floor(queue + 1)), ("$limit", limit));
        return command.ExecuteNonQuery() > 0;
    }

    /// <summary>Removes what is known of a queue that has no messages any more.</summary>
    public static void Forget(SqliteConnection connection, int queue)
    {
        using var counts = connection.Prepare("DELETE FROM outbound_counts WHERE queue = $queue", ("$queue", queue));
        counts.ExecuteNonQuery();
        using var own = connection.Prepare("DELETE FROM outbound_queues WHERE number = $queue", ("$queue", queue));
        own.ExecuteNonQuery();
    }

    /// <summary>Forgets the sources that have nothing waiting anywhere.</summary>
    public static void Tidy(SqliteConnection connection)
    {
        connection.Execute("DELETE FROM outbound_counts WHERE records = 0");
        connection.Execute("DELETE FROM outbound_sources WHERE number NOT IN (SELECT source FROM outbound_counts)");
    }

    public static StoredQueues Load(SqliteConnection connection)
    {
        var queues = Rows(
            connection,
            """
            SELECT number, CASE WHEN connection IN (SELECT name FROM connections) THEN connection END,
                   (SELECT max(id) FROM outbound WHERE id >= number << 48 AND id < (number + 1) << 48)
            FROM outbound_queues
            """,
            static row => new StoredQueue(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? Floor(row.GetInt32(0)) : row.GetInt64(2)));
        var sources = Rows(connection, "SELECT number, name FROM outbound_sources", static row => (row.GetInt32(0), row.GetString(1)));
        var counts = Rows(
            connection,
            "SELECT queue, source, records, bytes FROM outbound_counts WHERE records > 0",
            static row => new StoredCount(row.GetInt32(0), row.GetInt32(1), row.GetInt64(2), row.GetInt64(3)));
        return new StoredQueues(queues, sources, counts);
    }

    internal static byte[] BytesOf(ReadOnlyMemory<byte> payload) =>
        MemoryMarshal.TryGetArray(payload, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : payload.ToArray();

    private static List<T> Rows<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = connection.Prepare(sql);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
