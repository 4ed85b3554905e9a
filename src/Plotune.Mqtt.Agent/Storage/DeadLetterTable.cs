using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The messages that were refused for good, of all queues. For the owning task of the database alone.</summary>
internal sealed class DeadLetterTable(OutboundLimits limits)
{
    private const string Columns = "d.id, q.connection, d.source, d.refused, d.reason, d.sentence, d.topic, d.flags, d.expires, d.payload IS NOT NULL, d.payload_bytes";

    private readonly KeptCommand _insert = new(
        """
        INSERT INTO dead_letters (queue, bytes, refused, source, flags, expires, reason, sentence, topic, payload_bytes, payload)
        VALUES ($queue, $bytes, $refused, $source, $flags, $expires, $reason, $sentence, $topic, $payload_bytes, $payload)
        """,
        "$queue", "$bytes", "$refused", "$source", "$flags", "$expires", "$reason", "$sentence", "$topic", "$payload_bytes", "$payload");

    private readonly KeptCommand _count = new("SELECT count(*), total(bytes) FROM dead_letters WHERE queue = $queue", "$queue");

    private readonly KeptCommand _sizes = new("SELECT id, bytes FROM dead_letters WHERE queue = $queue ORDER BY id", "$queue");

    private readonly KeptCommand _deleteThrough = new("DELETE FROM dead_letters WHERE queue = $queue AND id <= $through", "$queue", "$through");

    private readonly KeptCommand _delete = new("DELETE FROM dead_letters WHERE id = $id", "$id");

    public void Insert(SqliteConnection connection, int queue, string source, DateTimeOffset refused, RefusedMessage letter) => _insert.Execute(
        connection,
        queue,
        letter.Message.Bytes - (letter.KeepPayload ? 0 : letter.Message.Payload.Length),
        refused.ToUnixTimeMilliseconds(),
        source,
        OutboundFlags.Of(letter.Message),
        letter.Message.Expires?.ToUnixTimeMilliseconds(),
        letter.Refusal.Reason,
        letter.Refusal.Sentence,
        letter.Message.Topic,
        letter.Message.Payload.Length,
        letter.KeepPayload ? OutboundTable.BytesOf(letter.Message.Payload) : null);

    /// <summary>How many a queue has, once the oldest past the limits are removed.</summary>
    public (int Kept, int Removed) Trim(SqliteConnection connection, int queue)
    {
        var (count, bytes) = CountOf(connection, queue);
        if (count <= limits.MaximumDeadLetters && bytes <= limits.MaximumDeadLetterBytes)
            return (count, 0);

        var (removed, through) = (0, 0L);
        using (var reader = _sizes.Query(connection, queue))
        {
            while ((count - removed > limits.MaximumDeadLetters || bytes > limits.MaximumDeadLetterBytes) && reader.Read())
            {
                removed++;
                through = reader.GetInt64(0);
                bytes -= reader.GetInt64(1);
            }
        }

        _deleteThrough.Execute(connection, queue, through);
        return (count - removed, removed);
    }

    public int Count(SqliteConnection connection, int queue) => CountOf(connection, queue).Count;

    /// <summary>The oldest first.</summary>
    /// <param name="queue">Null for all.</param>
    /// <param name="after">Only what has a greater identifier.</param>
    /// <param name="maximumPayload">Where longer payloads are cut.</param>
    public static List<DeadLetter> List(SqliteConnection connection, int? queue, long after, int limit, int maximumPayload) => Read(
        connection,
        $"SELECT {Columns}, substr(d.payload, 1, $maximum) FROM dead_letters d CROSS JOIN outbound_queues q ON q.number = d.queue WHERE q.connection IS NOT NULL AND d.id > $after {(queue is null ? "" : "AND d.queue = $queue ")}ORDER BY d.id LIMIT $limit",
        long.MaxValue,
        ("$maximum", maximumPayload), ("$after", after), ("$limit", limit), ("$queue", queue));

    /// <summary>One with its whole payload; null if it is not there.</summary>
    public static DeadLetter? Find(SqliteConnection connection, long id) =>
        Read(connection, $"SELECT {Columns}, d.payload FROM dead_letters d CROSS JOIN outbound_queues q ON q.number = d.queue WHERE d.id = $id AND q.connection IS NOT NULL", long.MaxValue, ("$id", id)).FirstOrDefault();

    /// <summary>Those of a queue that can be sent again, oldest first, with their whole payloads, until there are as many or as many bytes as said.</summary>
    public static List<DeadLetter> Take(SqliteConnection connection, int queue, long through, int limit, long bytes) => Read(
        connection,
        $"SELECT {Columns}, d.payload FROM dead_letters d CROSS JOIN outbound_queues q ON q.number = d.queue WHERE d.queue = $queue AND d.id <= $through AND d.payload IS NOT NULL ORDER BY d.id LIMIT $limit",
        bytes,
        ("$queue", queue), ("$through", through), ("$limit", limit));

    /// <summary>Identifier of the newest of a queue; 0 if it has none.</summary>
    public static long Newest(SqliteConnection connection, int queue)
    {
        using var command = connection.Prepare("SELECT ifnull(max(id), 0) FROM dead_letters WHERE queue = $queue", ("$queue", queue));
        return (long)command.ExecuteScalar()!;
    }

    public void Delete(SqliteConnection connection, long id) => _delete.Execute(connection, id);

    /// <summary>Removes some of a queue, the oldest.</summary>
    /// <returns>How many; 0 if there are none left up to <paramref name="through"/>.</returns>
    public static int Purge(SqliteConnection connection, int queue, long through, int limit)
    {
        using var command = connection.Prepare(
            "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE queue = $queue AND id <= $through ORDER BY id LIMIT $limit)",
            ("$queue", queue), ("$through", through), ("$limit", limit));
        return command.ExecuteNonQuery();
    }

    private (int Count, long Bytes) CountOf(SqliteConnection connection, int queue)
    {
        using var reader = _count.Query(connection, queue);
        reader.Read();
        return (reader.GetInt32(0), (long)reader.GetDouble(1));
    }

    private static List<DeadLetter> Read(SqliteConnection connection, string sql, long bytes, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Prepare(sql, parameters);
        using var reader = command.ExecuteReader();
        var letters = new List<DeadLetter>();
        while (bytes > 0 && reader.Read())
        {
            var flags = reader.GetInt32(7);
            var payload = reader.IsDBNull(11) ? [] : reader.GetFieldValue<byte[]>(11);
            var message = new OutboundMessage(reader.GetString(6), payload, OutboundFlags.QualityOfServiceOf(flags))
            {
                Retain = OutboundFlags.IsRetain(flags),
                IsJson = OutboundFlags.IsJson(flags),
                Expires = reader.IsDBNull(8) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(8)),
            };
            letters.Add(new DeadLetter(
                reader.GetInt64(0),
                reader.IsDBNull(1) ? "" : reader.GetString(1),
                reader.GetString(2),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
                reader.GetString(4),
                reader.GetString(5),
                message,
                reader.GetInt64(10),
                IsComplete: reader.GetBoolean(9)));
            bytes -= message.Bytes;
        }

        return letters;
    }
}
