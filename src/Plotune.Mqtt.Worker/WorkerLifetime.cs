namespace Plotune.Mqtt.Worker;

/// <summary>Decides once, by whoever comes first, that the worker ends. Any thread.</summary>
internal sealed class WorkerLifetime
{
    private readonly TaskCompletionSource<WorkerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<WorkerEnd> Ended => _ended.Task;

    public void End(WorkerEnd end) => _ended.TrySetResult(end);

    /// <summary>Runs work that must not fail unseen: if it does, the worker ends with <see cref="WorkerEnd.UnexpectedFailure"/>.</summary>
    public async Task WatchAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            End(new WorkerEnd(WorkerEnd.UnexpectedFailure, exception.ToString()));
        }
    }
}
