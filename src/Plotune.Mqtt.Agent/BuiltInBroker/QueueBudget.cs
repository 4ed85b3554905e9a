namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Bytes of the messages that wait for all clients together. A message that waits for several counts for each, though its payload is kept once. Thread-safe.</summary>
internal sealed class QueueBudget(long maximumBytes)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    /// <param name="evenIfFull">Takes them in any case.</param>
    /// <returns>False if there is no room: nothing was taken.</returns>
    public bool TryTake(long bytes, bool evenIfFull)
    {
        if (Interlocked.Add(ref _taken, bytes) <= maximumBytes || evenIfFull) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
