using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Changes a queue's dead letters.</summary>
internal sealed class DeadLetterWork(OutboundQueue queue, Action<SqliteConnection> change) : StateWork(durable: false)
{
    private int _kept;

    public override void Run(SqliteConnection connection)
    {
        change(connection);
        _kept = queue.Context.DeadLetters.Count(connection, queue.Number);
    }

    protected override void OnCommitted() => queue.OnDeadLettersChanged(_kept);
}
