using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Frames other than samples on their way to the agent. Posting never blocks; one loop writes, in order, between the batches of samples. If the agent
/// does not read, the oldest are dropped, which is logged once until the queue moves again.
/// </summary>
internal sealed partial class ControlOutbox
{
    private const int Capacity = 256;

    private readonly Channel<ControlFrame> _frames;
    private readonly AgentPipe _pipe;
    private readonly ILogger _logger;
    private int _dropped;

    public ControlOutbox(AgentPipe pipe, ILogger logger)
    {
        _pipe = pipe;
        _logger = logger;
        var options = new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true };
        _frames = Channel.CreateBounded<ControlFrame>(options, Dropped);
    }

    public void Post(FrameKind kind, byte[] body) => Post(kind, () => body);

    /// <param name="getBody">Called when the frame is written, so that what waits takes no memory.</param>
    public void Post(FrameKind kind, Func<byte[]> getBody) => _frames.Writer.TryWrite(new ControlFrame(kind, getBody));

    /// <summary>No further frame is taken; <see cref="RunAsync"/> ends when those waiting are written.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Writes until completed, or until the agent is gone.</summary>
    public async Task RunAsync()
    {
        await foreach (ControlFrame frame in _frames.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _pipe.Write(frame.Kind, frame.GetBody());
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                Log.AgentGone(_logger, exception.Message);
                return;
            }

            _dropped = 0;
        }
    }

    private void Dropped(ControlFrame frame)
    {
        if (Interlocked.Increment(ref _dropped) == 1)
            Log.DroppingFrames(_logger, frame.Kind);
    }

    private readonly record struct ControlFrame(FrameKind Kind, Func<byte[]> GetBody);

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning, "The agent does not read; the oldest frames waiting for it are dropped, the first of them {Kind}")]
        public static partial void DroppingFrames(ILogger logger, FrameKind kind);

        [LoggerMessage(2011, LogLevel.Debug, "Writing to the agent failed: {Reason}")]
        public static partial void AgentGone(ILogger logger, string reason);
    }
}
