using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Frames other than samples on their way to the agent. Posting never blocks; one loop writes, in order, between the batches of samples. If the agent
/// does not read, the oldest are dropped, which is logged once until the queue moves again; a state is not dropped, but written late.
/// </summary>
internal sealed partial class ControlOutbox
{
    private const int Capacity = 256;

    private readonly Channel<ControlFrame> _frames;
    private readonly ConcurrentDictionary<FrameKind, ControlFrame> _states = new();
    private readonly ConcurrentDictionary<FrameKind, ControlFrame> _late = new();
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

    /// <summary>Posts what replaces every earlier frame of its kind: of those that wait, only the newest is written. Kinds are one or the other for good.</summary>
    /// <param name="getBody">Called when the frame is written, at most once.</param>
    public void PostState(FrameKind kind, Func<byte[]> getBody)
    {
        var frame = new ControlFrame(kind, getBody);
        _states[kind] = frame;
        _frames.Writer.TryWrite(frame);
    }

    /// <summary>No further frame is taken; <see cref="RunAsync"/> ends when those waiting are written.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Writes until completed, or until the agent is gone.</summary>
    public async Task RunAsync()
    {
        await foreach (ControlFrame frame in _frames.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Write(frame);
                foreach (FrameKind kind in _late.Keys)
                {
                    if (_late.TryRemove(kind, out ControlFrame? late))
                        Write(late);
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                Log.AgentGone(_logger, exception.Message);
                return;
            }

            _dropped = 0;
        }
    }

    private void Write(ControlFrame frame)
    {
        if (!_states.TryGetValue(frame.Kind, out ControlFrame? newest) || ReferenceEquals(newest, frame))
            _pipe.Write(frame.Kind, frame.GetBody());
    }

    // There is room again only if later frames wait, so that the loop is sure to come by.
    private void Dropped(ControlFrame frame)
    {
        if (_states.ContainsKey(frame.Kind))
            _late[frame.Kind] = frame;
        else if (Interlocked.Increment(ref _dropped) == 1)
            Log.DroppingFrames(_logger, frame.Kind);
    }

    private sealed record ControlFrame(FrameKind Kind, Func<byte[]> GetBody);

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning, "The agent does not read; the oldest frames waiting for it are dropped, the first of them {Kind}")]
        public static partial void DroppingFrames(ILogger logger, FrameKind kind);

        [LoggerMessage(2011, LogLevel.Debug, "Writing to the agent failed: {Reason}")]
        public static partial void AgentGone(ILogger logger, string reason);
    }
}
