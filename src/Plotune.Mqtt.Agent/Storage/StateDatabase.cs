using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// The SQLite file with what must survive a restart. One task owns the connection; work for it waits in a bounded queue, and what waits together is committed together.
/// </summary>
internal sealed partial class StateDatabase : IAsyncDisposable
{
    private const int QueueCapacity = 256;
    private const int MaximumGroup = 64;

    private readonly SqliteConnection _connection;
    private readonly ILogger _logger;
    private readonly Channel<StateWork> _queue = Channel.CreateBounded<StateWork>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Task _writer;
    private bool _failing;

    private StateDatabase(SqliteConnection connection, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _writer = Task.Run(WriteAllAsync);
    }

    /// <inheritdoc cref="StateFile.Open"/>
    public static StateDatabase Open(string path, TimeProvider timeProvider, ILogger logger) => new(StateFile.Open(path, timeProvider, logger), logger);

    /// <summary>
    /// Runs <paramref name="work"/> on the owning task inside a transaction and completes once that is committed; work that throws is undone alone.
    /// Waits while the queue is full. Cancelling stops the waiting, not work that is queued.
    /// </summary>
    /// <param name="durable">The commit survives a power loss; otherwise it survives the end of the process. (default: off)</param>
    /// <exception cref="StorageException">The file cannot be written for now. Told to the log once until it can.</exception>
    public async Task WriteAsync(Action<SqliteConnection> work, bool durable = false, CancellationToken cancellationToken = default)
    {
        var item = new StateWork(work, durable);
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw new StorageException("The state file is closed.", exception);
        }

        await item.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads on the owning task, after all work queued before.</summary>
    /// <inheritdoc cref="WriteAsync" path="/exception"/>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellationToken = default)
    {
        var result = default(T);
        await WriteAsync(connection => result = query(connection), durable: false, cancellationToken).ConfigureAwait(false);
        return result!;
    }

    /// <summary>Finishes what is queued and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        var group = new List<StateWork>(MaximumGroup);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (group.Count < MaximumGroup && _queue.Reader.TryRead(out var work))
                group.Add(work);

            try
            {
                Commit(group);
                NoteSuccess();
            }
            catch (SqliteException exception)
            {
                RollBack();
                Exception failure = exception.IsStorageFailure() ? NoteFailure(exception) : exception;
                foreach (var work in group)
                    work.Fail(failure);
            }

            group.Clear();
        }
    }

    private void Commit(List<StateWork> group)
    {
        _connection.Execute(group.Exists(static work => work.Durable) ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _connection.Execute("BEGIN IMMEDIATE");
        foreach (var work in group)
            Run(work);

        _connection.Execute("COMMIT");
        foreach (var work in group)
            work.Complete();
    }

    private void Run(StateWork work)
    {
        _connection.Execute("SAVEPOINT work");
        try
        {
            work.Run(_connection);
            _connection.Execute("RELEASE work");
        }
        catch (Exception exception) when (exception is not SqliteException sqlite || !sqlite.IsStorageFailure())
        {
            // A fault of this piece of work only: it hears of it, the others are committed.
            _connection.Execute("ROLLBACK TO work; RELEASE work;");
            work.Fail(exception);
        }
    }

    private void RollBack()
    {
        try
        {
            _connection.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // A full disk or an I/O error has ended the transaction already; that is what was wanted.
        }
    }

    private void NoteSuccess()
    {
        if (_failing)
            Log.WritableAgain(_logger, _connection.DataSource);
        _failing = false;
    }

    private StorageException NoteFailure(SqliteException exception)
    {
        if (!_failing)
            Log.NotWritable(_logger, _connection.DataSource, exception.Message);
        _failing = true;
        return new StorageException($"The state file cannot be written: {exception.Message}", exception);
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "The state file {Path} cannot be written ({Reason}); changes are kept in memory and storing them is tried again")]
        public static partial void NotWritable(ILogger logger, string path, string reason);

        [LoggerMessage(3002, LogLevel.Information, "The state file {Path} can be written again")]
        public static partial void WritableAgain(ILogger logger, string path);
    }
}
