using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>
/// Removes from disk what a queue is done with, and keeps as dead letters what was refused, in one transaction. Not durable: what a power loss brings back is published once more.
/// </summary>
internal sealed class SettleWork(OutboundQueue queue) : StateWork(durable: false)
{
    private List<SettledRecord> _settled = [];
    private (int Kept, int Removed)? _letters;

    public override void Run(SqliteConnection connection)
    {
        _settled = queue.NextSettled();
        Delete(connection);
        foreach (var share in _settled.GroupBy(static record => record.Source))
            queue.Context.Table.Count(connection, queue.Number, share.Key.Number, -share.LongCount(), -share.Sum(static record => (long)record.Bytes));
        _letters = Bury(connection);
    }

    protected override void OnCommitted()
    {
        queue.OnSettled(_settled);
        if (_letters is { } letters)
            queue.OnDeadLettersChanged(letters.Kept, letters.Removed);
    }

    private void Delete(SqliteConnection connection)
    {
        long[] ids = [.. _settled.Select(static record => record.Id)];
        Array.Sort(ids);
        for (var i = 0; i < ids.Length;)
        {
            var first = i;
            while (++i < ids.Length && ids[i] == ids[i - 1] + 1)
            {
            }

            queue.Context.Table.Delete(connection, ids[first], ids[i - 1]);
        }
    }

    private (int Kept, int Removed)? Bury(SqliteConnection connection)
    {
        var found = false;
        foreach (var record in _settled)
        {
            if (record.Letter is not { } letter)
                continue;

            queue.Context.DeadLetters.Insert(connection, queue.Number, record.Source.Name, queue.Context.Now, letter);
            found = true;
        }

        return found ? queue.Context.DeadLetters.Trim(connection, queue.Number) : null;
    }
}
