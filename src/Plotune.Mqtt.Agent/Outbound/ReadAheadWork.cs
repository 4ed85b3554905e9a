using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Reads what comes next in a queue into its window.</summary>
internal sealed class ReadAheadWork(OutboundQueue queue) : StateWork(durable: false)
{
    private List<OutboundRow> _rows = [];
    private long? _through;

    public override void Run(SqliteConnection connection)
    {
        _through = null;
        if (queue.NextRead() is not { } range)
            return;

        _rows = queue.Context.Table.Read(connection, range.After, range.Through, range.Limit, range.Bytes, out var isComplete);
        _through = isComplete ? range.Through : _rows[^1].Id;
    }

    protected override void OnCommitted()
    {
        if (_through is { } through)
            queue.OnRead(_rows, through);
    }
}
