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

    private readonly KeptCommand _begin = new("BEGIN IMMEDIATE");
    private readonly KeptCommand _save = new("SAVEPOINT work");
    private readonly KeptCommand _release = new("RELEASE work");
    private readonly KeptCommand _commit = new("COMMIT");
    private readonly SqliteConnection _connection;
    private readonly ILogger _logger;
    private readonly Channel<StateWork> _queue = Channel.CreateBounded<StateWork>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly string _folder;
    private readonly DiskRoom _room;
    private readonly Task _writer;
    private bool? _isDurable;
    private bool _failing;

    private StateDatabase(SqliteConnection connection, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _folder = Path.GetDirectoryName(connection.DataSource)!;
        _room = new DiskRoom(_folder);
        _writer = Task.Run(WriteAllAsync);
    }

    /// <inheritdoc cref="StateFile.Open"/>
    public static StateDatabase Open(string path, TimeProvider timeProvider, ILogger logger) => new(StateFile.Open(path, timeProvider, logger), logger);

    /// <summary>
    /// Runs <paramref name="work"/> on the owning task inside a transaction and completes once that is committed; work that throws is undone alone.
    /// Waits while the queue is full. Cancelling stops the waiting, not work that is queued.
    /// </summary>
    /// <exception cref="StorageException">The file cannot be written for now. Told to the log once until it can.</exception>
    public async Task WriteAsync(StateWork work, CancellationToken cancellationToken = default)
    {
        try
        {
            await _queue.Writer.WriteAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw new StorageException("The state file is closed.", exception);
        }

        await work.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="WriteAsync(StateWork, CancellationToken)"/>
    /// <param name="durable">The commit survives a power loss; otherwise it survives the end of the process. (default: off)</param>
    public Task WriteAsync(Action<SqliteConnection> work, bool durable = false, CancellationToken cancellationToken = default) =>
        WriteAsync(new StateAction(work, durable), cancellationToken);

    /// <summary>Runs one statement of constant text, durably.</summary>
    /// <inheritdoc cref="WriteAsync(StateWork, CancellationToken)" path="/exception"/>
    public Task ExecuteAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) => WriteAsync(
        connection =>
        {
            using var command = connection.Prepare(sql, parameters);
            command.ExecuteNonQuery();
        },
        durable: true,
        cancellationToken);

    /// <summary>Reads on the owning task, after all work queued before.</summary>
    /// <inheritdoc cref="WriteAsync(StateWork, CancellationToken)" path="/exception"/>
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

            Write(group);
            group.Clear();
        }
    }

    private void Write(List<StateWork> group)
    {
        try
        {
            Commit(group);
        }
        catch (SqliteException exception)
        {
            RollBack();
            foreach (var work in group)
                work.Undo();
            Exception failure = exception.IsStorageFailure() ? NoteFailure(exception) : exception;
            if (group.Count > 1 && !exception.IsOccupied())
            {
                // What only reads, or needs no more room, goes on.
                foreach (var work in group)
                    Write([work]);
            }

            foreach (var work in group)
                work.Fail(failure);
        }
    }

    private int Changes => SQLitePCL.raw.sqlite3_total_changes(_connection.Handle);

    private void Commit(List<StateWork> group)
    {
        var changes = Changes;
        SetDurability(group.Exists(static work => work.Durable));
        _begin.Execute(_connection);
        long growth = 0;
        _room.Begin();
        foreach (var work in group)
        {
            growth += work.Growth;
            if (work.Growth > 0 && !_room.IsEnoughFor(growth, _connection))
                work.Fail(new StorageException(DiskRoom.FullSentence(_folder, "full but for a reserve")));
            else
                Run(work);
        }

        _commit.Execute(_connection);
        if (Changes != changes)
            NoteSuccess();
        foreach (var work in group)
            work.Commit();
    }

    private void SetDurability(bool durable)
    {
        if (_isDurable != durable)
            _connection.Execute(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _isDurable = durable;
    }

    private void Run(StateWork work)
    {
        if (work.Completion.IsCompleted)
            return;

        _save.Execute(_connection);
        try
        {
            work.Run(_connection);
            _release.Execute(_connection);
        }
        catch (Exception exception) when (exception is not SqliteException sqlite || !sqlite.IsStorageFailure())
        {
            // A fault of this piece of work only: it hears of it, the others are committed.
            _connection.Execute("ROLLBACK TO work; RELEASE work;");
            work.Undo();
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
        var sentence = SentenceOf(exception);
        if (!_failing)
            Log.NotWritable(_logger, sentence, exception.Message);
        _failing = true;
        return new StorageException(sentence, exception);
    }

    private string SentenceOf(SqliteException exception)
    {
        if (exception.IsOutOfSpace())
            return DiskRoom.FullSentence(_folder, "full");
        if (!exception.IsDamage())
            return $"The state file {_connection.DataSource} cannot be written: {exception.Message}";

        StateFile.Suspect(_connection.DataSource, _logger);
        return $"The state file is damaged: {exception.Message} Start the agent again; it then sets the file aside and begins a new one.";
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "{Sentence} Until then changes are kept in memory, and storing them is tried again ({Reason})")]
        public static partial void NotWritable(ILogger logger, string sentence, string reason);

        [LoggerMessage(3002, LogLevel.Information, "The state file {Path} can be written again")]
        public static partial void WritableAgain(ILogger logger, string path);
    }
}
