namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Answers one client has caused and not read. MQTTnet queues them without a limit, so a client that only writes must be made to wait. A client that
/// reads, however fast it writes, waits a moment at most. Thread-safe.
/// </summary>
internal sealed class AnswerDebt(int maximum)
{
    private readonly Lock _lock = new();
    private int _owed;
    private TaskCompletionSource? _paid;

    /// <summary>Completes once no more than the maximum is owed.</summary>
    public Task BearableAsync()
    {
        lock (_lock)
        {
            if (_owed <= maximum) return Task.CompletedTask;
            _paid ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _paid.Task;
        }
    }

    public void Owe(int answers)
    {
        lock (_lock) _owed += answers;
    }

    public void Pay(int answers)
    {
        lock (_lock)
        {
            _owed -= answers;
            if (_owed > maximum) return;
            _paid?.TrySetResult();
            _paid = null;
        }
    }
}
