using System.Collections.Concurrent;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// Sends PUBREL packets in the order of their PUBREC packets [MQTT-4.6.0-4]; MQTTnet sends each as its publish happens to go on. One for each connection.
/// </summary>
internal sealed class ReleaseOrder
{
    private readonly ConcurrentDictionary<ushort, (Task Before, TaskCompletionSource Done)> _turns = new();
    private Task _last = Task.CompletedTask;

    /// <summary>PUBREC has accepted a message. One caller at a time, before the client sees the packet.</summary>
    public void Received(ushort packetIdentifier)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _turns[packetIdentifier] = (_last, done);
        _last = done.Task;
    }

    /// <summary>Sends PUBREL once those before it are sent; any thread.</summary>
    public async Task InTurnAsync(ushort packetIdentifier, Func<Task> send, CancellationToken cancellationToken)
    {
        if (!_turns.TryRemove(packetIdentifier, out var turn))
        {
            await send().ConfigureAwait(false);
            return;
        }

        try
        {
            await turn.Before.WaitAsync(cancellationToken).ConfigureAwait(false);
            await send().ConfigureAwait(false);
        }
        finally
        {
            turn.Done.TrySetResult();
        }
    }
}
