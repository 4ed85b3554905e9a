using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>One piece of work waiting for the owner of the database.</summary>
internal sealed class StateWork(Action<SqliteConnection> work, bool durable)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Durable => durable;

    /// <summary>Completes when the work is committed or has failed.</summary>
    public Task Completion => _completion.Task;

    public void Run(SqliteConnection connection) => work(connection);

    /// <summary>Does nothing if the work has failed before.</summary>
    public void Complete() => _completion.TrySetResult();

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
