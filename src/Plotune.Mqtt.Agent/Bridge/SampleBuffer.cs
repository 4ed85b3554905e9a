using System.Threading.Channels;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Between the feed that reads samples and the publisher that hands them on: bounded by number and bytes; whoever adds waits while it is full. One of each.</summary>
internal sealed class SampleBuffer(BridgeLimits limits)
{
    private readonly Channel<BridgeSample> _samples = Channel.CreateBounded<BridgeSample>(
        new BoundedChannelOptions(limits.BufferSamples) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true, SingleWriter = true });
    private readonly Pulse _taken = new();
    private long _bytes;

    public async ValueTask AddAsync(BridgeSample sample, CancellationToken cancellationToken)
    {
        while (true)
        {
            var taken = _taken.Next;
            if (Interlocked.Read(ref _bytes) < limits.BufferBytes) break;
            await taken.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Add(ref _bytes, sample.Payload.Length);
        await _samples.Writer.WriteAsync(sample, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Nothing is added any more.</summary>
    public void Complete() => _samples.Writer.TryComplete();

    /// <summary>Waits until there is something to take.</summary>
    /// <returns>False once it is complete and empty.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _samples.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes what is there, at most a batch.</summary>
    public void Take(List<BridgeSample> samples)
    {
        long bytes = 0;
        while (samples.Count < limits.BatchSamples && bytes < limits.BufferBytes && _samples.Reader.TryRead(out var sample))
        {
            samples.Add(sample);
            bytes += sample.Payload.Length;
        }

        Interlocked.Add(ref _bytes, -bytes);
        _taken.Set();
    }
}
