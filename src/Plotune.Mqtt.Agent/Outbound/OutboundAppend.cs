using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Messages of one source added to the end of one queue, as part of a piece of work; for the owning task of the database alone.</summary>
internal sealed class OutboundAppend
{
    private readonly OutboundQueue _queue;
    private readonly OutboundShare _share;
    private readonly List<OutboundRecord> _records;
    private readonly long _bytes;

    private OutboundAppend(OutboundQueue queue, OutboundShare share, List<OutboundRecord> records)
    {
        _queue = queue;
        _share = share;
        _records = records;
        _bytes = records.Sum(static record => (long)record.Bytes);
    }

    /// <summary>Stores the messages. The queue counts them from now on.</summary>
    public static OutboundAppend Run(SqliteConnection connection, OutboundQueue queue, SourceEntry source, ReadOnlySpan<OutboundMessage> messages)
    {
        queue.Register(connection, source);
        var share = queue.ShareOf(source);
        var table = queue.Context.Table;
        var accepted = queue.Context.Now;
        var records = new List<OutboundRecord>(messages.Length);
        foreach (var message in messages)
        {
            var record = new OutboundRecord(queue.NextId(), share, message, accepted);
            table.Insert(connection, record.Id, source.Number, message, accepted);
            records.Add(record);
        }

        var append = new OutboundAppend(queue, share, records);
        table.Count(connection, queue.Number, source.Number, records.Count, append._bytes);
        queue.Adjust(share, records.Count, append._bytes);
        return append;
    }

    public void Commit() => _queue.OnAppended(_records);

    public void Undo() => _queue.Adjust(_share, -_records.Count, -_bytes);
}
