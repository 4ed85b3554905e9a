using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <content>What happens on the owning task of the database, and the loops that give it work.</content>
internal sealed partial class OutboundQueue
{
    private const int SettledAtOnce = 20_000;
    private const int SettledWithoutDelay = 1000;
    private const int ReadWithoutWorker = 64;

    /// <summary>Length of the stretch of identifiers that is searched before others have a turn.</summary>
    private const long SearchLength = 20_000;

    private bool WantsToRead => _readThrough < _committedThrough && (_link is null ? _window.IsEmpty : _window.IsLow);

    internal long NextId() => ++_lastId;

    /// <summary>Sees to it that the file knows queue and source.</summary>
    internal void Register(SqliteConnection connection, SourceEntry source)
    {
        if (!_isRegistered)
            OutboundTable.AddQueue(connection, Number, Connection);
        _isRegistered = true;
        if (!source.IsStored)
            Context.Table.AddSource(connection, source.Number, source.Name);
        source.IsStored = true;
    }

    /// <summary>What <see cref="Register"/> did may be undone.</summary>
    internal void Unregister(SourceEntry source) => _isRegistered = source.IsStored = false;

    /// <summary>Messages are stored: they go into the window, unless there are older ones that are on disk alone.</summary>
    internal void OnAppended(List<OutboundRecord> records)
    {
        if (records.Count == 0)
            return;

        bool isLow;
        lock (_lock)
        {
            var isNext = _readThrough >= _committedThrough;
            _committedThrough = records[^1].Id;
            foreach (var record in records)
            {
                if (!isNext || !_window.HasRoom)
                    break;
                _window.Add(record);
                _readThrough = record.Id;
            }

            isLow = WantsToRead;
        }

        _handable.Set();
        if (isLow)
            _readable.Set();
    }

    /// <summary>Lets a source's oldest messages go, until there is room for new ones of this size, or there are none that no worker has.</summary>
    /// <returns>False if the search has to go on another time.</returns>
    internal bool TryMakeRoom(SqliteConnection connection, SourceEntry source, long records, long bytes)
    {
        var share = ShareOf(source);
        Shortage shortage;
        long after, through;
        bool isNews;
        lock (_lock)
        {
            shortage = _room.ShortageOf(records, bytes);
            if (shortage.IsMet)
                return true;

            isNews = _room.Refuse(0, 0);
            shortage = _room.Widen(shortage);
            var dropped = _window.Drop(share, ref shortage);
            foreach (var record in dropped)
                Drop(record.Id, share, record.Bytes);
            after = Math.Max(share.DroppedThrough, _readThrough);
            through = Math.Min(_committedThrough, after + SearchLength);
        }

        if (isNews)
            _notices.Full(Context.Limits, $"The oldest of {source.Name} make room for its newest.");
        var isComplete = shortage.IsMet || after >= through || share.Records == share.InWindow || Drop(connection, share, shortage, after, through);
        _settleable.Set();
        _readable.Set();
        return isComplete;
    }

    /// <summary>How many of the messages, the oldest, have to be left out for the others to fit.</summary>
    internal int TooMany(OutboundMessage[] messages)
    {
        Shortage shortage;
        lock (_lock)
            shortage = _room.ShortageOf(messages.Length, messages.Sum(static message => (long)message.Bytes));
        var left = 0;
        while (!shortage.IsMet && left < messages.Length)
            shortage = shortage.Without(messages[left++].Bytes);
        return left;
    }

    internal void OnLeftOut(SourceEntry source, int messages)
    {
        lock (_lock)
            CountDropped(source, messages);
    }

    internal ReadAheadRange? NextRead()
    {
        lock (_lock)
        {
            return _readThrough >= _committedThrough || !_window.HasRoom
                ? null
                : new ReadAheadRange(_readThrough, _lastId, _link is null ? ReadWithoutWorker : _window.ReadyRoom, _window.ReadyRoomBytes);
        }
    }

    /// <summary>Rows were read: they are the next, up to <paramref name="through"/>.</summary>
    internal void OnRead(List<OutboundRow> rows, long through)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                if (!_dropped.Contains(row.Id))
                    _window.Add(new OutboundRecord(row.Id, ShareOf(Context.Sources.Get(row.Source)), row.Message, row.Accepted));
            }

            _readThrough = through;
        }

        _handable.Set();
    }

    /// <summary>What is done with and still on disk, some of it.</summary>
    internal List<SettledRecord> NextSettled()
    {
        lock (_lock)
            return _settled.GetRange(0, Math.Min(_settled.Count, SettledAtOnce));
    }

    internal void OnSettled(List<SettledRecord> settled)
    {
        lock (_lock)
        {
            _settled.RemoveRange(0, settled.Count);
            if (_dropped.Count > 0)
                _dropped.ExceptWith(settled.Select(static record => record.Id));
        }
    }

    private bool Drop(SqliteConnection connection, OutboundShare share, Shortage shortage, long after, long through)
    {
        var found = Context.Table.Find(connection, after, through, share.Source.Number, bytes => (shortage = shortage.Without(bytes)).IsMet);
        lock (_lock)
        {
            foreach (var (id, bytes) in found)
            {
                _dropped.Add(id);
                Drop(id, share, bytes);
            }

            share.DroppedThrough = shortage.IsMet ? found[^1].Id : through;
            return shortage.IsMet || through >= _committedThrough;
        }
    }

    private async Task ReadAheadAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var changed = _readable.Next;
            bool wants;
            lock (_lock)
                wants = WantsToRead;

            if (!wants)
            {
                await UntilStoppedAsync(changed).ConfigureAwait(false);
                continue;
            }

            var failure = await TryWriteAsync(new ReadAheadWork(this)).ConfigureAwait(false);
            _notices.Read(failure);
            if (failure is not null)
                await PauseAsync(OutboundContext.RetryDelay).ConfigureAwait(false);
        }
    }

    private async Task SettleAllAsync()
    {
        while (true)
        {
            var changed = _settleable.Next;
            int settled;
            lock (_lock)
                settled = _settled.Count;

            var isStopping = _stopping.IsCancellationRequested;
            if (settled == 0 && isStopping)
                return;

            if (settled == 0)
            {
                await UntilStoppedAsync(changed).ConfigureAwait(false);
                continue;
            }

            // What goes together costs one write of the pages it lies on.
            if (settled < SettledWithoutDelay && !isStopping)
                await PauseAsync(Context.Limits.RemovalDelay).ConfigureAwait(false);
            if (await TryWriteAsync(new SettleWork(this)).ConfigureAwait(false) is null)
                continue;

            if (isStopping)
                return;
            await PauseAsync(OutboundContext.RetryDelay).ConfigureAwait(false);
        }
    }

    /// <returns>Null if it was done, otherwise why not.</returns>
    private async Task<string?> TryWriteAsync(StateWork work)
    {
        try
        {
            await Context.Database.WriteAsync(work).ConfigureAwait(false);
            return null;
        }
        catch (StorageException exception)
        {
            // The database has logged it.
            return exception.Message;
        }
        catch (SqliteException exception)
        {
            if (!_isRefused)
                Log.Refused(Context.Logger, Connection, exception.Message);
            _isRefused = true;
            return exception.Message;
        }
    }

    private Task PauseAsync(TimeSpan delay) => UntilStoppedAsync(Task.Delay(delay, Context.TimeProvider, _stopping.Token));

    private async Task UntilStoppedAsync(Task task)
    {
        try
        {
            await task.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Whoever waits looks for this next.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3700, LogLevel.Error, "The outbound queue of {Connection} cannot be kept in the state file: {Reason}")]
        public static partial void Refused(ILogger logger, string connection, string reason);
    }
}
