using System.Diagnostics.CodeAnalysis;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>
/// The head of a queue, in memory: what a worker has, what another worker had before it was lost, and what comes next. Bounded in messages and bytes; the rest of the queue is on disk
/// alone. Not thread-safe.
/// </summary>
internal sealed class OutboundWindow(OutboundLimits limits)
{
    private const int KeptOrder = 1024;
    private const int RoomAgain = 8;

    private readonly Dictionary<long, OutboundRecord> _underWay = [];
    private Queue<OutboundRecord> _order = [];
    private Queue<OutboundRecord> _returned = [];
    private Queue<OutboundRecord> _ready = [];
    private long _underWayBytes;
    private long _readyBytes;
    private bool _isFull;

    public bool IsEmpty => _underWay.Count == 0 && Next is null;

    /// <summary>There is room for more of what comes next.</summary>
    public bool HasRoom => _ready.Count < limits.ReadAheadRecords && _readyBytes < limits.ReadAheadBytes;

    /// <summary>There is so much room that it is worth a look at the disk.</summary>
    public bool IsLow => _ready.Count <= limits.ReadAheadRecords / 2 && _readyBytes <= limits.ReadAheadBytes / 2;

    public int ReadyRoom => limits.ReadAheadRecords - _ready.Count;

    public long ReadyRoomBytes => limits.ReadAheadBytes - _readyBytes;

    /// <summary>What is to be handed over next.</summary>
    public OutboundRecord? Next => _returned.TryPeek(out var record) || _ready.TryPeek(out record) ? record : null;

    /// <summary>The oldest there is.</summary>
    public OutboundRecord? Oldest => _order.TryPeek(out var first) ? first : Next;

    /// <summary>The oldest of one source; null if it has none here.</summary>
    public OutboundRecord? OldestOf(OutboundShare share) =>
        share.InWindow == 0 ? null : _order.Where(static record => record.IsUnderWay).Concat(_returned).Concat(_ready).FirstOrDefault(record => record.Share == share);

    /// <summary>Adds what comes after everything else.</summary>
    public void Add(OutboundRecord record)
    {
        _ready.Enqueue(record);
        _readyBytes += record.Bytes;
        record.Share.InWindow++;
    }

    /// <summary>The worker has so much that it gets nothing until an eighth of it is reported: a frame for each report would cost more than what is in it.</summary>
    public bool IsFull => _isFull && !HasRoomAgain;

    private bool HasRoomAgain => _underWay.Count == 0
        || (_underWay.Count <= limits.WindowRecords - Math.Max(1, limits.WindowRecords / RoomAgain) && _underWayBytes <= limits.WindowBytes - (limits.WindowBytes / RoomAgain));

    /// <summary>Whether the worker may have <see cref="Next"/> too.</summary>
    public bool MayStart(OutboundRecord next)
    {
        if (IsFull)
            return false;

        _isFull = _underWay.Count > 0 && (_underWay.Count >= limits.WindowRecords || _underWayBytes + next.Bytes > limits.WindowBytes);
        return !_isFull;
    }

    /// <summary><see cref="Next"/> goes to the worker.</summary>
    public void Start()
    {
        var record = TakeNext();
        record.IsUnderWay = true;
        _underWay.Add(record.Id, record);
        _underWayBytes += record.Bytes;
        _order.Enqueue(record);
    }

    /// <summary><see cref="Next"/> goes, without having been sent.</summary>
    public OutboundRecord Skip()
    {
        var record = TakeNext();
        record.Share.InWindow--;
        return record;
    }

    /// <summary>The worker is done with a message.</summary>
    /// <returns>False if it does not have it.</returns>
    public bool TryEnd(long id, [NotNullWhen(true)] out OutboundRecord? record)
    {
        if (!_underWay.Remove(id, out record))
            return false;

        record.IsUnderWay = false;
        record.Share.InWindow--;
        _underWayBytes -= record.Bytes;
        while (_order.TryPeek(out var first) && !first.IsUnderWay)
            _order.Dequeue();

        // One message that takes its time must not keep all that have passed it.
        if (_order.Count > KeptOrder + (2 * _underWay.Count))
            _order = new Queue<OutboundRecord>(_order.Where(static kept => kept.IsUnderWay));
        return true;
    }

    /// <summary>The worker is lost: what it had comes before everything else, in its order.</summary>
    public void ReturnAll()
    {
        // Whatever a worker has was handed over in order, and comes before what it does not have.
        _returned = new Queue<OutboundRecord>(_order.Where(static record => record.IsUnderWay).Concat(_returned));
        foreach (var record in _underWay.Values)
            record.IsUnderWay = false;
        _order.Clear();
        _underWay.Clear();
        _underWayBytes = 0;
    }

    /// <summary>Removes the oldest messages of one source that no worker has, until the shortage is met or there are no more.</summary>
    /// <returns>What was removed.</returns>
    public List<OutboundRecord> Drop(OutboundShare share, ref Shortage shortage)
    {
        var dropped = new List<OutboundRecord>();
        Drop(ref _returned, share, dropped, ref shortage);
        var returned = dropped.Count;
        Drop(ref _ready, share, dropped, ref shortage);
        for (var i = returned; i < dropped.Count; i++)
            _readyBytes -= dropped[i].Bytes;
        share.InWindow -= dropped.Count;
        return dropped;
    }

    private OutboundRecord TakeNext()
    {
        if (_returned.TryDequeue(out var record))
            return record;

        record = _ready.Dequeue();
        _readyBytes -= record.Bytes;
        return record;
    }

    private static void Drop(ref Queue<OutboundRecord> queue, OutboundShare share, List<OutboundRecord> dropped, ref Shortage shortage)
    {
        if (shortage.IsMet || queue.Count == 0)
            return;

        var kept = new Queue<OutboundRecord>(queue.Count);
        foreach (var record in queue)
        {
            if (shortage.IsMet || record.Share != share)
            {
                kept.Enqueue(record);
                continue;
            }

            dropped.Add(record);
            shortage = shortage.Without(record.Bytes);
        }

        queue = kept;
    }
}
