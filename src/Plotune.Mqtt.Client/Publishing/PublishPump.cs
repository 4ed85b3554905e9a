using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Brings what a <see cref="PublishPipeline"/> wants sent to one connection: as much in a write as there is, up to 64 KiB or one larger message, and the next only when the
/// connection has taken the last.
/// </summary>
/// <param name="sendAsync">Writes whole packets; fails if the connection has ended, whose owner then knows why.</param>
internal sealed class PublishPump(PublishPipeline pipeline, ServerLimits limits, Func<ReadOnlyMemory<byte>, Task> sendAsync)
{
    private readonly PacketEncoder _encoder = new(limits);
    private readonly OutgoingBatch _batch = new();
    private readonly PacketBuffer _buffer = new();
    private readonly WakeSignal _signal = new();
    private volatile bool _isStopped;

    /// <summary>Sends until stopped, or until the connection takes nothing any more. Once only.</summary>
    public async Task RunAsync()
    {
        pipeline.Open(limits, _signal.Set);
        while (!_isStopped)
        {
            pipeline.Take(_batch);
            if (_batch.Count == 0)
            {
                await _signal.WaitAsync().ConfigureAwait(false);
                continue;
            }

            _encoder.Encode(_batch.Packets, _buffer);
            _batch.Clear();
            try
            {
                await sendAsync(_buffer.Packets).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The connection has ended, or is ended by who wrote.
                return;
            }

            _buffer.Clear();
            pipeline.Written();
        }
    }

    /// <summary>Nothing more is taken; a write that goes on is brought to its end.</summary>
    public void Stop()
    {
        _isStopped = true;
        _signal.Set();
    }
}
