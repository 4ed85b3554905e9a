using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>One piece of work for the owner of the database. It may run several times, each time but the last undone, and is committed or failed once.</summary>
/// <param name="durable">The commit survives a power loss; otherwise it survives the end of the process.</param>
internal abstract class StateWork(bool durable)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Durable => durable;

    /// <summary>Bytes it adds that can as well wait where they come from: it fails while they would leave no room for the rest. Zero for what is always tried.</summary>
    public virtual long Growth => 0;

    /// <summary>Completes when the work is committed or has failed.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Runs inside a transaction, on the owning task.</summary>
    public abstract void Run(SqliteConnection connection);

    /// <summary>Makes it known, on the owning task: whatever was committed together comes in the order in which it ran, before anything else runs.</summary>
    protected virtual void OnCommitted()
    {
    }

    /// <summary>What <see cref="Run"/> did to the file is undone, on the owning task.</summary>
    protected virtual void OnUndone()
    {
    }

    internal void Commit()
    {
        if (Completion.IsCompleted)
            return;

        try
        {
            OnCommitted();
            _completion.TrySetResult();
        }
#pragma warning disable CA1031 // An error of one piece of work must not end the owner of the database.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _completion.TrySetException(exception);
        }
    }

    internal void Undo()
    {
        if (!Completion.IsCompleted)
            OnUndone();
    }

    internal void Fail(Exception exception) => _completion.TrySetException(exception);
}
