namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>One bridge at work: the feed from its source, the way into the outbound queue, and its state. Thread-safe.</summary>
internal sealed partial class BridgedVariable : IAsyncDisposable
{
    private readonly BridgeContext _context;
    private readonly CancellationTokenSource _stopping = new();
    private readonly BridgeState _state;
    private readonly SampleGate _gate;
    private Task _running = Task.CompletedTask;
    private BridgeConfig _config;

    public BridgedVariable(BridgeConfig config, BridgeContext context)
    {
        _config = config;
        _context = context;
        _state = new BridgeState(context.TimeProvider);
        _gate = new SampleGate(config.Options, context.TimeProvider);
        Taken = new TakenSamples(context.TimeProvider, context.Limits.HistoryWindow);
    }

    public BridgeConfig Config => Volatile.Read(ref _config);

    public TakenSamples Taken { get; }

    /// <summary>It ended by an unexpected failure.</summary>
    public bool HasFailed => _state.View.Activity == BridgeActivity.Failed;

    /// <summary>The source has been tried in vain for so long that another one may take its place.</summary>
    public bool GivesWay => HasFailed || _state.Unreached >= _context.Limits.GiveWayAfter;

    public BridgeSnapshot Snapshot => new(Config, _context.Producers.Current.Producer, _state.View, _context.Queues.TotalsOf(SamplePublisher.SourceOf(Config.Name)));

    /// <summary>Begins; once.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Changes what is held back, from the next sample on.</summary>
    public void Apply(BridgeOptions options)
    {
        Volatile.Write(ref _config, Config with { Options = options });
        _gate.Options = options;
    }

    /// <summary>Lets go of the source, and hands on what was received, unless the queue does not take it at once.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new SampleBuffer(_context.Limits);
        var config = Config;
        var publishing = new SamplePublisher(config.Name, _context, _state, Taken, buffer, _gate).RunAsync(_stopping.Token);
        var feeding = FeedAsync(new VariableFeed(config, _context, _state, Taken, buffer), buffer);
        try
        {
            await await Task.WhenAny(publishing, feeding).ConfigureAwait(false);
            await Task.WhenAll(publishing, feeding).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault nobody thought of ends this bridge, visibly, and none of the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(_context.Logger, exception, config.Name);
            await _stopping.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(publishing, feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _state.Failed($"The bridge ended unexpectedly, see the log: {exception.Message} Unbridge the variable and bridge it again.");
        }
    }

    private async Task FeedAsync(VariableFeed feed, SampleBuffer buffer)
    {
        try
        {
            await feed.RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped as asked.
        }
        finally
        {
            buffer.Complete();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3730, LogLevel.Error, "Bridge {Bridge} ended unexpectedly")]
        public static partial void Failed(ILogger logger, Exception exception, string bridge);
    }
}
