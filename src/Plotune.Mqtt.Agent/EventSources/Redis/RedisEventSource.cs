using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>One Redis event source at work with fixed settings: connects, gets the leases, pumps; and begins again whatever happens, until it is stopped.</summary>
internal sealed partial class RedisEventSource : IAsyncDisposable
{
    /// <summary>How long Redis has to answer once we are stopped: to finish or give back what is in work, and to be told.</summary>
    private static readonly TimeSpan PatienceAtStop = TimeSpan.FromSeconds(2);

    private readonly RedisKeys[] _lists;
    private readonly EventOutlet _outlet;
    private readonly RestartPolicy _retry;
    private readonly string _agent;
    private readonly LeaseTiming _timing;
    private readonly IConnectionManager _connections;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private volatile BridgeKeeper? _keeper;

    /// <param name="agent">Tells data folders apart; the same over restarts.</param>
    /// <param name="progress">Goes on from the same source with other settings; null begins anew.</param>
    public RedisEventSource(
        RedisSourceSettings settings,
        string agent,
        IOutboundQueues queues,
        IConnectionManager connections,
        AgentLimits limits,
        SourceProgress? progress,
        LeaseTiming timing,
        TimeProvider timeProvider,
        ILogger<RedisEventSource> logger)
    {
        Settings = settings;
        Progress = progress ?? new SourceProgress(timeProvider);
        _agent = agent;
        _timing = timing;
        _connections = connections;
        _timeProvider = timeProvider;
        _logger = logger;
        _lists = [.. settings.Lists.Select(list => new RedisKeys(list))];
        _outlet = new EventOutlet(settings, queues, connections, Progress, timeProvider);
        _retry = new RestartPolicy(limits.RestartDelay, limits.RestartDelayMaximum, limits.StableAfter, timeProvider);
    }

    public RedisSourceSettings Settings { get; }

    public SourceProgress Progress { get; }

    public EventSourceState State => Progress.View();

    /// <summary>To be called once.</summary>
    public void Start()
    {
        if (!Settings.Enabled) return;
        Progress.Set(SourceActivity.Connecting);
        _running = Task.Run(() => RunAsync(_stopping.Token));
    }

    /// <summary>Something has happened to a connection, which the producer may have to be told.</summary>
    public void ConnectionChanged(string connection)
    {
        if (Settings.Connections.Contains(connection)) _keeper?.Wake();
    }

    /// <summary>
    /// Finishes or gives back what is in work, tells the producer and gives the lists up, if Redis answers soon; to be awaited before the same source is started anew. May be called twice.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        Progress.Set(SourceActivity.Disabled);
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var hasBeenConnected = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _retry.Started();
                await using var link = await RedisLink.ConnectAsync(Settings, stop);
                using var impatience = stop.Register(() => link.CutAfter(PatienceAtStop));
                if (hasBeenConnected) Progress.Reconnected();
                hasBeenConnected = true;
                await WorkAsync(link, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A fault of ours too must not end the source for good: events would pile up unseen.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await RetreatAsync(exception, stop);
            }
        }
    }

    private async Task RetreatAsync(Exception exception, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) return;
        if (RedisFailure.IsExpected(exception))
        {
            var reason = RedisFailure.Describe(exception, Settings);
            if (Progress.Set(SourceActivity.Waiting, reason)) Log.Waiting(_logger, Settings.Name, reason);
        }
        else
        {
            Progress.Set(SourceActivity.Waiting, "An unexpected failure; see the log.");
            Log.Failed(_logger, exception, Settings.Name);
        }

        await Task.Delay(_retry.Lost(), _timeProvider, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Works the lists over one connection, whenever they are ours.</summary>
    private async Task WorkAsync(RedisLink link, CancellationToken stop)
    {
        var leases = new RedisLeases(link.Database, _lists, LeaseHolder.Create(_agent, Settings.Name), _timing.Lifetime, _timeProvider);
        var hasListMove = await leases.ProbeAsync();
        while (!stop.IsCancellationRequested)
        {
            if (await leases.AcquireAsync() is { } holder)
            {
                await WaitForListsAsync(link, holder, stop);
                continue;
            }

            try
            {
                await PumpAsync(link, leases, hasListMove, stop);
            }
            catch (LeaseLostException exception)
            {
                Log.LeaseLost(_logger, Settings.Name, exception.Message);
            }
        }
    }

    private async Task WaitForListsAsync(RedisLink link, string holder, CancellationToken stop)
    {
        if (Progress.Set(SourceActivity.Waiting, holder)) Log.Waiting(_logger, Settings.Name, holder);
        var lengths = await Task.WhenAll(_lists.Select(list => link.Database.ListLengthAsync(list.Events)));
        Progress.Pending = lengths.Sum();
        await Task.Delay(_timing.Retry, _timeProvider, stop);
    }

    /// <summary>Until stopped, or until either half fails.</summary>
    private async Task PumpAsync(RedisLink link, RedisLeases leases, bool hasListMove, CancellationToken stop)
    {
        await using var bell = await OpenDoorbellAsync(link, hasListMove, stop);
        var pump = new EventPump(Settings, link.Database, leases, hasListMove, _outlet, Progress, _timeProvider, _logger);
        var keeper = new BridgeKeeper(Settings, link.Database, leases, _timing.Renewal, _connections, _timeProvider, _logger);
        // The keeper goes on while the pump finishes what it has begun.
        using var pumpEnd = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var keeperEnd = new CancellationTokenSource();
        _keeper = keeper;
        Log.Working(_logger, Settings.Name, Settings.Address, hasListMove ? bell is BlockingDoorbell ? "LMOVE, BLMOVE" : "LMOVE, polling" : "RPOPLPUSH, polling");
        var pumping = pump.RunAsync(bell, pumpEnd.Token);
        var keeping = keeper.RunAsync(keeperEnd.Token);
        await Task.WhenAny(pumping, keeping, link.Lost);
        await pumpEnd.CancelAsync();
        await ((Task)pumping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keeper = null;
        await keeperEnd.CancelAsync();
        await ((Task)keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (link.Lost.IsCompleted) throw new RedisUnavailableException($"The connection to Redis at {Settings.Address} was lost.");
        await pumping;
        if (keeping.IsFaulted) await keeping;
        await SayGoodbyeAsync(keeper, leases);
    }

    private async Task<IDoorbell> OpenDoorbellAsync(RedisLink link, bool hasListMove, CancellationToken stop) =>
        (hasListMove ? await BlockingDoorbell.OpenAsync(Settings, _lists, stop) : null) as IDoorbell ?? new PollingDoorbell(link.Database, _lists, _timeProvider);

    private async Task SayGoodbyeAsync(BridgeKeeper keeper, RedisLeases leases)
    {
        try
        {
            await keeper.SayGoodbyeAsync();
            await leases.ReleaseAsync();
        }
        catch (Exception exception) when (RedisFailure.IsExpected(exception) || exception is LeaseLostException)
        {
            // The status and the leases expire by themselves.
            Log.NoGoodbye(_logger, Settings.Name, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3803, LogLevel.Warning, "Event source {Source} waits: {Reason}")]
        public static partial void Waiting(ILogger logger, string source, string reason);

        [LoggerMessage(3804, LogLevel.Information, "Event source {Source} works its lists at {Address} ({Commands})")]
        public static partial void Working(ILogger logger, string source, string address, string commands);

        [LoggerMessage(3805, LogLevel.Warning, "Event source {Source}: {Reason} What was taken and not yet stored is left to whoever works the list now.")]
        public static partial void LeaseLost(ILogger logger, string source, string reason);

        [LoggerMessage(3806, LogLevel.Error, "Event source {Source} failed; it is tried again")]
        public static partial void Failed(ILogger logger, Exception exception, string source);

        [LoggerMessage(3807, LogLevel.Debug, "Event source {Source} could not tell Redis that it stops: {Reason}")]
        public static partial void NoGoodbye(ILogger logger, string source, string reason);
    }
}
