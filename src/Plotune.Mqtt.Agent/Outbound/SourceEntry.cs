using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>One source over all queues. Thread-safe, but for <see cref="IsStored"/>.</summary>
/// <param name="number">What stands for its name in the state file.</param>
internal sealed class SourceEntry(string name, int number)
{
    private long _published;
    private long _deadLettered;
    private long _dropped;
    private long _expired;

    public string Name => name;

    public int Number => number;

    public PublishSource Kind { get; } = OutboundSource.KindOf(name);

    /// <summary>The state file knows the number; for the owning task of the database alone.</summary>
    public bool IsStored { get; set; }

    public void CountPublished() => Interlocked.Increment(ref _published);

    public void CountDeadLettered(long messages) => Interlocked.Add(ref _deadLettered, messages);

    public void CountDropped(long messages) => Interlocked.Add(ref _dropped, messages);

    public void CountExpired() => Interlocked.Increment(ref _expired);

    public OutboundTotals Totals(long depth) => new(
        depth, Interlocked.Read(ref _published), Interlocked.Read(ref _deadLettered), Interlocked.Read(ref _dropped), Interlocked.Read(ref _expired));
}
