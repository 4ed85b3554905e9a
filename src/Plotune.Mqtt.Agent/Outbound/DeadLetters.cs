using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>The messages that were refused for good: to look at, to send again, to throw away. Thread-safe.</summary>
internal sealed class DeadLetters(OutboundQueues queues)
{
    private const int AtOnce = 1000;
    private const long BytesAtOnce = 16L << 20;

    /// <summary>A page of them, oldest first, with what comes after it.</summary>
    /// <param name="connection">Null for all connections.</param>
    /// <param name="after">Only what has a greater identifier.</param>
    /// <param name="maximumPayload">Where payloads are cut.</param>
    /// <exception cref="StorageException">The state file cannot be read.</exception>
    public async Task<(IReadOnlyList<DeadLetter> Letters, long? Next)> ListAsync(
        string? connection, long after, int limit, int maximumPayload, CancellationToken cancellationToken)
    {
        int? queue = null;
        if (connection is not null)
        {
            if (queues.Find(connection) is not { } found)
                return ([], null);
            queue = found.Number;
        }

        var letters = await queues.Database.ReadAsync(
            database => DeadLetterTable.List(database, queue, after, limit + 1, maximumPayload), cancellationToken).ConfigureAwait(false);
        return letters.Count <= limit ? (letters, null) : (letters[..limit], letters[limit - 1].Id);
    }

    /// <returns>False if it is not there.</returns>
    /// <exception cref="StorageException">The state file cannot be written.</exception>
    public async Task<bool> DeleteAsync(long id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is not var (_, queue))
            return false;

        await ChangeAsync(queue, database => queue.Context.DeadLetters.Delete(database, id), cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Throws away all there are of a connection.</summary>
    /// <returns>How many; null if there is no such connection.</returns>
    /// <inheritdoc cref="DeleteAsync" path="/exception"/>
    public async Task<int?> DeleteAllAsync(string connection, CancellationToken cancellationToken)
    {
        if (queues.Find(connection) is not { } queue)
            return null;

        var through = await NewestAsync(queue, cancellationToken).ConfigureAwait(false);
        var deleted = 0;
        for (var found = -1; found != 0; deleted += found)
            await ChangeAsync(queue, database => found = DeadLetterTable.Purge(database, queue.Number, through, AtOnce), cancellationToken).ConfigureAwait(false);
        return deleted;
    }

    /// <summary>Puts it at the end of the queue of its connection.</summary>
    /// <inheritdoc cref="DeleteAsync" path="/exception"/>
    public async Task<ResendVerdict> ResendAsync(long id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken).ConfigureAwait(false) is not var (letter, queue))
            return ResendVerdict.NotFound;
        if (!letter.IsComplete)
            return ResendVerdict.Incomplete;

        var work = new ResendWork(queue, database => DeadLetterTable.Find(database, id) is { } found ? [found] : []);
        await queues.Database.WriteAsync(work, cancellationToken).ConfigureAwait(false);
        return (work.Found, work.Moved) switch
        {
            (0, _) => ResendVerdict.NotFound,
            (_, 0) => ResendVerdict.Full,
            _ => ResendVerdict.Resent,
        };
    }

    /// <summary>Puts all that can be sent again at the end of the connection's queue, in their order.</summary>
    /// <returns>How many there was room for, and whether that is all of them; null if there is no such connection.</returns>
    /// <inheritdoc cref="DeleteAsync" path="/exception"/>
    public async Task<(int Resent, bool IsAll)?> ResendAllAsync(string connection, CancellationToken cancellationToken)
    {
        if (queues.Find(connection) is not { } queue)
            return null;

        // Those that are refused again meanwhile are not sent a third time.
        var through = await NewestAsync(queue, cancellationToken).ConfigureAwait(false);
        for (var resent = 0; ;)
        {
            var work = new ResendWork(queue, database => DeadLetterTable.Take(database, queue.Number, through, AtOnce, BytesAtOnce));
            await queues.Database.WriteAsync(work, cancellationToken).ConfigureAwait(false);
            resent += work.Moved;
            if (work.Found == 0 || work.Moved < work.Found)
                return (resent, work.Found == 0);
        }
    }

    private async Task<(DeadLetter Letter, OutboundQueue Queue)?> FindAsync(long id, CancellationToken cancellationToken)
    {
        var letter = await queues.Database.ReadAsync(database => DeadLetterTable.Find(database, id), cancellationToken).ConfigureAwait(false);
        return letter is not null && queues.Find(letter.Connection) is { } queue ? (letter, queue) : null;
    }

    private Task<long> NewestAsync(OutboundQueue queue, CancellationToken cancellationToken) =>
        queues.Database.ReadAsync(database => DeadLetterTable.Newest(database, queue.Number), cancellationToken);

    private async Task ChangeAsync(OutboundQueue queue, Action<SqliteConnection> change, CancellationToken cancellationToken)
    {
        var work = new DeadLetterWork(queue, change);
        await queues.Database.WriteAsync(work, cancellationToken).ConfigureAwait(false);
    }
}
