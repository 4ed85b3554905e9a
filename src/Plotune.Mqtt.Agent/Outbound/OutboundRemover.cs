using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Removes the queues of deleted connections from disk, in the background and in small pieces, since a million messages at once would hold up everything else.</summary>
internal sealed partial class OutboundRemover : IAsyncDisposable
{
    private const int MessagesAtOnce = 5000;
    private const int LettersAtOnce = 500;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<OutboundQueue> _queues = Channel.CreateUnbounded<OutboundQueue>(new UnboundedChannelOptions { SingleReader = true });
    private readonly OutboundContext _context;
    private readonly Action<int> _removed;
    private readonly Task _removing;

    /// <param name="removed">Takes the number of each queue of which nothing is left.</param>
    public OutboundRemover(OutboundContext context, Action<int> removed)
    {
        _context = context;
        _removed = removed;
        _removing = Task.Run(RemoveAllAsync);
    }

    /// <summary>Marks a queue as one to remove, if that can be written: from then on not even a kill gives it to a new connection of the same name.</summary>
    public Task DisownAsync(OutboundQueue queue) => TryAsync(connection => OutboundTable.Disown(connection, queue.Number));

    /// <summary>Removes a queue that nobody uses any more. Known to the file as one to remove before anything else happens to it.</summary>
    /// <remarks>There are never more than there are numbers for queues, so nothing bounds what waits here.</remarks>
    public void Remove(OutboundQueue queue) => _queues.Writer.TryWrite(queue);

    /// <summary>Forgets what is of no use any more, if that can be written.</summary>
    public Task TidyAsync() => TryAsync(OutboundTable.Tidy);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _removing.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RemoveAllAsync()
    {
        try
        {
            await foreach (var queue in _queues.Reader.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
                await RemoveAsync(queue).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What is left is removed after the next start.
        }
    }

    private async Task RemoveAsync(OutboundQueue queue)
    {
        await queue.DisposeAsync().ConfigureAwait(false);
        var number = queue.Number;
        var hasMore = true;
        await InsistAsync(connection => OutboundTable.Disown(connection, number)).ConfigureAwait(false);
        while (hasMore)
            await InsistAsync(connection => hasMore = OutboundTable.Purge(connection, number, MessagesAtOnce)).ConfigureAwait(false);
        for (hasMore = true; hasMore;)
            await InsistAsync(connection => hasMore = DeadLetterTable.Purge(connection, number, long.MaxValue, LettersAtOnce) > 0).ConfigureAwait(false);
        await InsistAsync(connection => OutboundTable.Forget(connection, number)).ConfigureAwait(false);
        _removed(number);
    }

    private async Task InsistAsync(Action<SqliteConnection> work)
    {
        while (!await TryAsync(work).ConfigureAwait(false))
            await Task.Delay(OutboundContext.RetryDelay, _context.TimeProvider, _stopping.Token).ConfigureAwait(false);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private async Task<bool> TryAsync(Action<SqliteConnection> work)
    {
        try
        {
            await _context.Database.WriteAsync(work).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is StorageException or SqliteException)
        {
            Log.NotRemoved(_context.Logger, exception.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3703, LogLevel.Debug, "What is left of a deleted connection cannot be removed for now: {Reason}")]
        public static partial void NotRemoved(ILogger logger, string reason);
    }
}
