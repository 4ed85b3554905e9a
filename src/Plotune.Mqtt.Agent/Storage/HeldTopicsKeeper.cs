using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// Remembers what the workers' sessions hold, so that a topic dropped from the settings while no worker runs is unsubscribed by the next one. Known at once,
/// stored in the background, where only the newest list of a worker counts. Thread-safe.
/// </summary>
internal sealed partial class HeldTopicsKeeper(HeldTopicsRepository repository, TimeProvider timeProvider, ILogger<HeldTopicsKeeper> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Pulse _changed = new();
    private Dictionary<WorkerKey, HeldTopics> _known = [];
    private Dictionary<WorkerKey, HeldTopics?> _unstored = [];

    /// <summary>Takes in what was stored, before anything else happens; what belongs to a connection that no longer exists is forgotten.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task LoadAsync(IReadOnlySet<string> connections, CancellationToken cancellationToken)
    {
        var stored = await repository.LoadAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
            _known = stored;
        foreach (var connection in stored.Keys.Select(key => key.Connection).Where(connection => !connections.Contains(connection)).Distinct().ToArray())
            Forget(connection);
    }

    /// <summary>What <paramref name="session"/> is known to hold; nothing if the worker last had another session.</summary>
    public WorkerHeldTopic[] Find(WorkerKey worker, string session)
    {
        lock (_lock)
            return _known.TryGetValue(worker, out var held) && held.Session == session ? [.. held.Topics] : [];
    }

    /// <summary>A worker says what its session holds.</summary>
    public void Keep(WorkerKey worker, HeldTopics held)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(worker, out var known) && known.Session == held.Session && known.Topics.SequenceEqual(held.Topics))
                return;

            _known[worker] = held;
            _unstored[worker] = held;
        }

        _changed.Set();
    }

    /// <summary>The connection is deleted, and its workers have ended.</summary>
    public void Forget(string connection)
    {
        lock (_lock)
        {
            foreach (var worker in _known.Keys.Where(worker => worker.Connection == connection).ToArray())
            {
                _known.Remove(worker);
                _unstored[worker] = null;
            }
        }

        _changed.Set();
    }

    /// <summary>The broker has no such session any more.</summary>
    public void Forget(WorkerKey worker, string session)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(worker, out var known) || known.Session != session)
                return;

            _known.Remove(worker);
            _unstored[worker] = null;
        }

        _changed.Set();
    }

    /// <summary>Runs until cancelled, then stores what is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var changed = _changed.Next;
                if (await StoreAsync().ConfigureAwait(false))
                    await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                else
                    await Task.Delay(RetryDelay, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await StoreAsync().ConfigureAwait(false);
        }
    }

    /// <returns>False if it could not be stored for now.</returns>
    private async Task<bool> StoreAsync()
    {
        Dictionary<WorkerKey, HeldTopics?> changes;
        lock (_lock)
        {
            if (_unstored.Count == 0)
                return true;

            (changes, _unstored) = (_unstored, []);
        }

        try
        {
            await repository.SaveAsync(changes, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (StorageException)
        {
            lock (_lock)
            {
                foreach (var (worker, held) in changes)
                    _unstored.TryAdd(worker, held);
            }

            return false;
        }
        catch (SqliteException exception)
        {
            // The rows themselves are refused, which no later attempt can change.
            Log.Refused(logger, changes.Count, exception.Message);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3007, LogLevel.Error, "What {Count} sessions hold cannot be stored: {Reason}")]
        public static partial void Refused(ILogger logger, int count, string reason);
    }
}
