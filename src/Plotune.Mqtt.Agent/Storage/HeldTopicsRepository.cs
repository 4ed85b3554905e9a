using System.Text.Json;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores what the workers' sessions hold.</summary>
internal sealed class HeldTopicsRepository(StateDatabase database)
{
    /// <summary>Everything stored; a row that cannot be read counts as not there.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public Task<Dictionary<WorkerKey, HeldTopics>> LoadAsync(CancellationToken cancellationToken) => database.ReadAsync(
        static connection =>
        {
            using var command = connection.Prepare("SELECT connection, worker, session, topics FROM held_topics");
            using var reader = command.ExecuteReader();
            var found = new Dictionary<WorkerKey, HeldTopics>();
            while (reader.Read())
            {
                if (Parse(reader.GetString(3)) is { } topics)
                    found[new WorkerKey(reader.GetString(0), reader.GetInt32(1))] = new HeldTopics(reader.GetString(2), topics);
            }

            return found;
        },
        cancellationToken);

    /// <summary>Stores what sessions hold; null forgets one.</summary>
    /// <exception cref="StorageException">It cannot be stored for now.</exception>
    public Task SaveAsync(IReadOnlyDictionary<WorkerKey, HeldTopics?> changes, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            using var save = connection.Prepare(
                """
                INSERT INTO held_topics (connection, worker, session, topics) VALUES ($connection, $worker, $session, $topics)
                ON CONFLICT (connection, worker) DO UPDATE SET session = excluded.session, topics = excluded.topics
                """,
                ("$connection", ""), ("$worker", 0), ("$session", ""), ("$topics", ""));
            using var delete = connection.Prepare("DELETE FROM held_topics WHERE connection = $connection AND worker = $worker", ("$connection", ""), ("$worker", 0));
            foreach (var (key, held) in changes)
            {
                var command = held is null ? delete : save;
                command.Set("$connection", key.Connection);
                command.Set("$worker", key.Worker);
                if (held is not null)
                {
                    command.Set("$session", held.Session);
                    command.Set("$topics", JsonSerializer.Serialize([.. held.Topics], WorkerJson.Default.WorkerHeldTopicArray));
                }

                command.ExecuteNonQuery();
            }
        },
        durable: false,
        cancellationToken);

    private static WorkerHeldTopic[]? Parse(string topics)
    {
        try
        {
            return JsonSerializer.Deserialize(topics, WorkerJson.Default.WorkerHeldTopicArray);
        }
        catch (JsonException)
        {
            // Not knowing what a session holds costs a subscription that is no longer wanted, no more.
            return null;
        }
    }
}
