namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Lets retained messages and subscriptions of all clients take turns. MQTTnet looks at what is retained first and subscribes then: a message that was
/// retained in between would be neither sent as retained [MQTT-3.3.1-9] nor delivered. Thread-safe.
/// </summary>
internal sealed class RetainedTurn : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public Task TakeAsync(CancellationToken cancellationToken) => _turn.WaitAsync(cancellationToken);

    public void GiveBack() => _turn.Release();

    public void Dispose() => _turn.Dispose();
}
