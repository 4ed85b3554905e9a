using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Adds messages of one source to the ends of one or several queues, to all of them or to none.</summary>
/// <param name="messages">Those that can be published.</param>
/// <param name="refused">Those that cannot; they become dead letters.</param>
internal sealed class AcceptWork(IReadOnlyList<OutboundQueue> queues, SourceEntry source, OverflowPolicy overflow, OutboundMessage[] messages, IReadOnlyList<RefusedMessage> refused)
    : StateWork(durable: true)
{
    private readonly long _bytes = messages.Sum(static message => (long)message.Bytes);
    private readonly List<OutboundAppend> _appended = [];
    private readonly List<(OutboundQueue Queue, int Kept, int Removed)> _letters = [];
    private readonly List<(OutboundQueue Queue, int Messages)> _leftOut = [];

    public OutboundVerdict Verdict { get; private set; }

    public override long Growth => _bytes * queues.Count;

    /// <summary>Nothing was done yet: what makes room is still being searched for.</summary>
    public bool IsUnfinished { get; private set; }

    public override void Run(SqliteConnection connection)
    {
        _letters.Clear();
        _leftOut.Clear();
        Verdict = OutboundVerdict.Accepted;
        IsUnfinished = false;
        if (queues.Any(static queue => queue.IsClosed))
            Verdict = OutboundVerdict.NoConnection;
        else if (overflow == OverflowPolicy.Refuse && IsRefused())
            Verdict = OutboundVerdict.Full;
        else if (overflow == OverflowPolicy.DropOldest && !TryMakeRoom(connection))
            IsUnfinished = true;
        else
            Append(connection);
    }

    /// <summary>Whether a queue has no room; those say so.</summary>
    public bool IsRefused()
    {
        OutboundQueue[] full = [.. queues.Where(queue => !queue.Fits(messages.Length, _bytes))];
        foreach (var queue in full)
            queue.Refuse(source, messages.Length, _bytes);
        return full.Length > 0;
    }

    protected override void OnCommitted()
    {
        foreach (var append in _appended)
            append.Commit();
        foreach (var (queue, left) in _leftOut)
            queue.OnLeftOut(source, left);
        foreach (var (queue, kept, removed) in _letters)
        {
            queue.OnDeadLettersChanged(kept, removed);
            queue.OnRefusedAtOnce(source, refused);
        }
    }

    protected override void OnUndone()
    {
        foreach (var append in _appended)
            append.Undo();
        _appended.Clear();
        foreach (var queue in queues)
            queue.Unregister(source);
    }

    private bool TryMakeRoom(SqliteConnection connection)
    {
        var isDone = true;
        foreach (var queue in queues)
            isDone &= queue.TryMakeRoom(connection, source, messages.Length, _bytes);
        return isDone;
    }

    private void Append(SqliteConnection connection)
    {
        foreach (var queue in queues)
        {
            var left = overflow == OverflowPolicy.DropOldest ? queue.TooMany(messages) : 0;
            if (left > 0)
                _leftOut.Add((queue, left));
            if (left < messages.Length)
                _appended.Add(OutboundAppend.Run(connection, queue, source, messages.AsSpan(left)));
            if (refused.Count > 0)
                Bury(connection, queue);
        }
    }

    private void Bury(SqliteConnection connection, OutboundQueue queue)
    {
        queue.Register(connection, source);
        var letters = queue.Context.DeadLetters;
        foreach (var message in refused)
            letters.Insert(connection, queue.Number, source.Name, queue.Context.Now, message);
        var (kept, removed) = letters.Trim(connection, queue.Number);
        _letters.Add((queue, kept, removed));
    }
}
