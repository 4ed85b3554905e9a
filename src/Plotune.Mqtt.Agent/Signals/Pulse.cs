namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Tells everyone who waits that something changed. The waiter takes the task, looks, and only then awaits it. Thread-safe.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = Create();

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, Create()).SetResult();

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
