using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>
/// The messages of one connection that wait to be published: on disk from the moment they are accepted, their head in memory as well. A message is done with once a worker has reported it, its
/// time has passed or the queue was too full; it then goes from memory at once and from the disk in batches, and is not handed out again in this run of the agent. Thread-safe.
/// </summary>
/// <remarks>Identifiers are given, and what is stored becomes known, on the owning task of the database alone: that is what makes one order of all that happens.</remarks>
internal sealed partial class OutboundQueue : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, OutboundShare> _shares = [];
    private readonly OutboundWindow _window;
    private readonly OutboundRoom _room;
    private readonly OutboundNotices _notices;
    private readonly Pulse _handable = new();
    private readonly Pulse _readable = new();
    private readonly Pulse _settleable = new();
    private readonly HashSet<long> _dropped = [];
    private readonly List<SettledRecord> _settled = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _reading;
    private readonly Task _settling;
    private OutboundLink? _link;
    private volatile bool _isClosed;
    private volatile bool _isRefused;
    private bool _isRegistered;
    private long _lastId;
    private long _committedThrough;
    private long _readThrough;
    private long _published;
    private long _retried;
    private long _deadLettered;
    private long _deadLettersDropped;
    private long _droppedCount;
    private long _expired;
    private long _refused;
    private int _deadLetters;

    /// <param name="number">Its number in the state file.</param>
    /// <param name="stored">What the file has of it; null if nothing.</param>
    public OutboundQueue(string connection, int number, OutboundContext context, StoredQueue? stored)
    {
        Connection = connection;
        Number = number;
        Context = context;
        _window = new OutboundWindow(context.Limits);
        _room = new OutboundRoom(context.Limits);
        _notices = new OutboundNotices(context.TimeProvider);
        _isRegistered = stored is not null;
        _readThrough = OutboundTable.Floor(number);
        _lastId = _committedThrough = stored?.LastId ?? _readThrough;
        _reading = Task.Run(ReadAheadAsync);
        _settling = Task.Run(SettleAllAsync);
    }

    public string Connection { get; }

    public int Number { get; }

    public OutboundContext Context { get; }

    /// <summary>The connection is deleted: nothing more is accepted.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Completes when there may be something more to hand over.</summary>
    public Task NextHandable => _handable.Next;

    public bool IsFull
    {
        get
        {
            lock (_lock)
                return _room.IsFull;
        }
    }

    public OutboundState State
    {
        get
        {
            lock (_lock)
            {
                var oldest = _window.Oldest?.Accepted;
                return new OutboundState
                {
                    Depth = _room.Records,
                    Bytes = _room.Bytes,
                    Oldest = oldest,
                    OldestAge = oldest is { } since ? Math.Max(0, (Context.Now - since).TotalSeconds) : 0,
                    Published = _published,
                    Retried = _retried,
                    DeadLettered = _deadLettered,
                    DeadLetters = _deadLetters,
                    DeadLettersDropped = _deadLettersDropped,
                    Dropped = _droppedCount,
                    Expired = _expired,
                    Refused = _refused,
                    IsFull = _room.IsFull,
                };
            }
        }
    }

    /// <summary>Says who is to hear what a person should know.</summary>
    public void Tell(Action<ConnectionEventKind, string, string> notify) => _notices.Listener = notify;

    public void Close() => _isClosed = true;

    public bool Fits(long records, long bytes)
    {
        lock (_lock)
            return _room.Fits(records, bytes);
    }

    /// <summary>Messages that fitted nowhere were refused.</summary>
    public void Refuse(SourceEntry source, long records, long bytes)
    {
        bool isNews;
        lock (_lock)
        {
            _refused++;
            isNews = _room.Refuse(records, bytes);
        }

        if (isNews)
            _notices.Full(Context.Limits, $"{source.Name} has to wait until some are published.");
    }

    /// <summary>What a source has in this queue.</summary>
    public long DepthOf(SourceEntry source)
    {
        lock (_lock)
            return _shares.TryGetValue(source.Number, out var share) ? share.Records : 0;
    }

    /// <summary>When the oldest that a source has in this queue was accepted; null if it has nothing in its head.</summary>
    public DateTimeOffset? OldestOf(SourceEntry source)
    {
        lock (_lock)
            return _shares.TryGetValue(source.Number, out var share) ? _window.OldestOf(share)?.Accepted : null;
    }

    public OutboundShare ShareOf(SourceEntry source)
    {
        lock (_lock)
        {
            if (!_shares.TryGetValue(source.Number, out var share))
                _shares[source.Number] = share = new OutboundShare(source);
            return share;
        }
    }

    /// <summary>A source has more or less in this queue than was thought.</summary>
    public void Adjust(OutboundShare share, long records, long bytes)
    {
        lock (_lock)
        {
            share.Records += records;
            _room.Add(records, bytes);
        }
    }

    /// <summary>Notes how many dead letters are kept, and how many went because there were too many.</summary>
    public void OnDeadLettersChanged(int kept, int removed = 0)
    {
        lock (_lock)
        {
            _deadLetters = kept;
            _deadLettersDropped += removed;
        }
    }

    /// <summary>Messages became dead letters without having been queued.</summary>
    public void OnRefusedAtOnce(SourceEntry source, IReadOnlyList<RefusedMessage> messages)
    {
        lock (_lock)
            _deadLettered += messages.Count;
        source.CountDeadLettered(messages.Count);
        _notices.DeadLetter(messages[^1]);
    }

    public void NoteNotStored(string sentence) => _notices.NotStored(sentence);

    public void NoteStored() => _notices.Stored();

    /// <summary>Stops what runs in the background; what is done with goes from the disk first, if that can be written.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_reading, _settling).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>A message is done with: it counts no more, and goes from the disk. The caller holds the lock.</summary>
    private void Settle(long id, OutboundShare share, int bytes, RefusedMessage? letter = null)
    {
        _settled.Add(new SettledRecord(id, share.Source, bytes, letter));
        share.Records--;
        if (_room.Free(1, bytes))
            Context.RoomChanged.Set();
    }

    /// <summary>A message has to make room for a newer one of its source. The caller holds the lock.</summary>
    private void Drop(long id, OutboundShare share, int bytes)
    {
        _settled.Add(new SettledRecord(id, share.Source, bytes, null));
        share.Records--;
        _room.Add(-1, -bytes);
        CountDropped(share.Source, 1);
    }

    private void CountDropped(SourceEntry source, int messages)
    {
        _droppedCount += messages;
        source.CountDropped(messages);
    }
}
