using System.Threading.Channels;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Hands events to their handlers one at a time, in order, away from the threads that raise them. Bounded: the oldest go if handlers are too slow.</summary>
internal sealed partial class EventDispatcher : IAsyncDisposable
{
    private const int Capacity = 1024;

    private readonly Channel<ConnectionEvent> _events;
    private readonly Action<ConnectionEvent> _handle;
    private readonly ILogger _logger;
    private readonly Task _dispatching;
    private long _dropped;

    public EventDispatcher(Action<ConnectionEvent> handle, ILogger logger)
    {
        _handle = handle;
        _logger = logger;
        _events = Channel.CreateBounded<ConnectionEvent>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            _ => Interlocked.Increment(ref _dropped));
        _dispatching = Task.Run(DispatchAsync);
    }

    /// <summary>Events lost because handlers were too slow.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void Post(ConnectionEvent connectionEvent) => _events.Writer.TryWrite(connectionEvent);

    /// <summary>Hands out what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _dispatching.ConfigureAwait(false);
    }

    private async Task DispatchAsync()
    {
        await foreach (var connectionEvent in _events.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _handle(connectionEvent);
            }
#pragma warning disable CA1031 // One handler's fault must not keep later events from the others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.HandlerFailed(_logger, exception, connectionEvent.Kind, connectionEvent.Connection);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3130, LogLevel.Error, "A handler failed on event {Kind} of connection {Connection}")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, ConnectionEventKind kind, string connection);
    }
}
