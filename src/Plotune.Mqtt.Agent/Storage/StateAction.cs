using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Work that concerns nothing but the file.</summary>
internal sealed class StateAction(Action<SqliteConnection> action, bool durable) : StateWork(durable)
{
    public override void Run(SqliteConnection connection) => action(connection);
}
