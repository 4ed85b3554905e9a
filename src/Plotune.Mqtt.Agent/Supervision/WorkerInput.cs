using System.Threading.Channels;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Writes frames to a worker's standard input from a task of its own, so that a worker that does not read holds up nobody.</summary>
internal sealed class WorkerInput
{
    private const int Capacity = 64;

    /// <summary>Frames of senders that wait; the rest of the queue is for what must not wait behind them.</summary>
    private const int WaitedCapacity = 4;

    private readonly Channel<(FrameKind Kind, byte[] Body, bool IsWaited)> _frames =
        Channel.CreateBounded<(FrameKind, byte[], bool)>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Channel<bool> _places = Channel.CreateBounded<bool>(new BoundedChannelOptions(WaitedCapacity) { FullMode = BoundedChannelFullMode.Wait });
    private readonly Stream _stream;
    private readonly Task _writer;

    public WorkerInput(Stream stream)
    {
        _stream = stream;
        _writer = Task.Run(WriteAllAsync);
    }

    /// <summary>Completes once everything is written, or the worker is gone, and the stream is closed.</summary>
    public Task Completion => _writer;

    /// <summary>False if the worker is so far behind that the queue is full, or the input was closed.</summary>
    public bool TrySend(FrameKind kind, byte[] body) => _frames.Writer.TryWrite((kind, body, false));

    /// <summary>Waits while the worker is behind with what was sent this way.</summary>
    /// <returns>False if the input was closed.</returns>
    public async Task<bool> SendAsync(FrameKind kind, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            await _places.Writer.WriteAsync(true, cancellationToken).ConfigureAwait(false);
            await _frames.Writer.WriteAsync((kind, body, true), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Closes the stream once what is queued is written.</summary>
    public void Close()
    {
        _frames.Writer.TryComplete();
        _places.Writer.TryComplete();
    }

    private async Task WriteAllAsync()
    {
        var writer = new FrameWriter(_stream);
        try
        {
            await foreach (var (kind, body, isWaited) in _frames.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                writer.Write(kind, body);
                if (isWaited)
                    _places.Reader.TryRead(out _);
            }
        }
        catch (IOException)
        {
            // The worker is gone; its exit says more.
        }

        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The same, noticed by the last flush.
        }
    }
}
