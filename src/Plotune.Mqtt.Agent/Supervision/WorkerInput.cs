using System.Threading.Channels;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Writes frames to a worker's standard input from a task of its own, so that a worker that does not read holds up nobody.</summary>
internal sealed class WorkerInput
{
    private const int Capacity = 64;

    private readonly Channel<(FrameKind Kind, byte[] Body)> _frames =
        Channel.CreateBounded<(FrameKind, byte[])>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

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
    public bool TrySend(FrameKind kind, byte[] body) => _frames.Writer.TryWrite((kind, body));

    /// <summary>Closes the stream once what is queued is written.</summary>
    public void Close() => _frames.Writer.TryComplete();

    private async Task WriteAllAsync()
    {
        var writer = new FrameWriter(_stream);
        try
        {
            await foreach (var (kind, body) in _frames.Reader.ReadAllAsync().ConfigureAwait(false))
                writer.Write(kind, body);
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
