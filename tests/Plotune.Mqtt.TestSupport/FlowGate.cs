namespace Plotune.Mqtt.TestSupport;

/// <summary>What everything that is to pass waits at while it is closed. Open at first. Thread-safe.</summary>
public sealed class FlowGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FlowGate() => _open.SetResult();

    public void Close()
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Open()
    {
        lock (_lock)
            _open.TrySetResult();
    }

    /// <summary>Completes once the gate is open.</summary>
    public Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _open.Task.WaitAsync(cancellationToken);
    }
}
