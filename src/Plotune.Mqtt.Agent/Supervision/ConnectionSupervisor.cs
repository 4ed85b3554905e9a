using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Keeps the workers of one connection doing what its settings say. Thread-safe.</summary>
internal sealed partial class ConnectionSupervisor
{
    private readonly Lock _lock = new();
    private readonly WorkerContext _context;
    private readonly List<WorkerSupervisor> _workers = [];
    private BrokerConnectionConfig _config;
    private IReadOnlyList<WorkerShare> _shares = [];
    private Task _after = Task.CompletedTask;

    public ConnectionSupervisor(BrokerConnectionConfig config, WorkerContext context, Action<ConnectionEvent> publish)
    {
        _config = config;
        _context = context;
        Tracker = new ConnectionTracker(config.Name, context.Limits, context.TimeProvider, publish);
    }

    public ConnectionTracker Tracker { get; }

    public BrokerConnectionConfig Config
    {
        get
        {
            lock (_lock)
                return _config;
        }
    }

    public ConnectionSnapshot Snapshot => new(Config, Tracker.View(_context.Store.CountOf(Config.Name)) with { Outbound = _context.Outbound.StateOf(Config.Name) });

    /// <param name="after">No worker is started before this has completed.</param>
    public void Start(Task after) => Deal(Config, anew: true, after);

    /// <summary>Takes new settings of the same connection, at once: running workers are told of new topics and started anew only for what they cannot change while they run.</summary>
    /// <param name="after">No worker is started before this has completed.</param>
    /// <returns>Completes once the workers that had to end have ended.</returns>
    public Task Apply(BrokerConnectionConfig config, Task after) => Deal(config, anew: Tracker.Activity == ConnectionActivity.Failed, after);

    /// <summary>Starts the workers anew at once, connected or not, unless the connection is switched off.</summary>
    public void Restart() => Deal(Config, anew: true, Task.CompletedTask);

    /// <summary>Stops the workers within a bounded time, for good.</summary>
    public Task StopAsync()
    {
        lock (_lock)
            return Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
    }

    /// <summary>Tells the workers that publish nothing of a variable whose messages may come back to them.</summary>
    public void TellOwnTopic(string name)
    {
        lock (_lock)
        {
            if (OwnTopics.Of(_config, name) is not { Count: > 0 } topics)
                return;

            foreach (var worker in _workers.Skip(1))
                worker.TellOwnTopics(topics);
        }
    }

    /// <summary>Tells the workers of a pace that they have not been told of.</summary>
    public void TellPace()
    {
        lock (_lock)
        {
            foreach (var worker in _workers)
                worker.TellPace();
        }
    }

    /// <summary>The workers' message logs; empty where none runs or it does not answer in time.</summary>
    /// <param name="after">Only what was not read yet; null for all.</param>
    public async Task<IEnumerable<LoggedMessage>> MessagesAsync(MessageCursor? after, CancellationToken cancellationToken)
    {
        WorkerSupervisor[] workers;
        lock (_lock)
            workers = [.. _workers];

        var logs = await Task.WhenAll(workers.Select(worker => worker.MessagesAsync(after, cancellationToken))).ConfigureAwait(false);
        return logs.SelectMany(log => log);
    }

    /// <param name="anew">Every worker is started anew, whatever changed.</param>
    private Task Deal(BrokerConnectionConfig config, bool anew, Task after)
    {
        lock (_lock)
        {
            // What was to be waited for before is not forgotten by a restart that comes meanwhile.
            _after = _after.IsCompleted ? after : Task.WhenAll(_after, after);
            var shares = WorkerShares.Of(config);
            anew |= WorkerShares.TopicsMove(_shares, shares);
            (_config, _shares) = (config, shares);
            while (_workers.Count < shares.Count)
                _workers.Add(new WorkerSupervisor(config.Name, _workers.Count, Tracker.AddWorker(), _context));

            WorkerTask?[] tasks = [.. _workers.Select((_, index) => index < shares.Count ? new WorkerTask(config, shares[index]) : null)];
            int[] changed = [.. Enumerable.Range(0, tasks.Length).Where(index => anew || !_workers[index].TryTell(tasks[index]))];
            if (changed.Length == 0)
                return Task.CompletedTask;

            // A topic that moves from one worker to another keeps its order only if the one has ended before the other begins; one without a task may still be ending.
            var ended = Task.WhenAll(_workers.Where((_, index) => tasks[index] is null || changed.Contains(index)).Select(worker => worker.Halt()).ToArray());
            Tracker.Begin(changed.Select(index => (_workers[index].Tracker, tasks[index] is not null)));
            foreach (var index in changed)
                _workers[index].Order(tasks[index], Task.WhenAll(ended, _after));
            Warn(config);
            return ended;
        }
    }

    private void Warn(BrokerConnectionConfig config)
    {
        if (!config.Enabled)
            return;

        foreach (var warning in ConnectionWarnings.Of(config))
            Log.Warned(_context.Logger, config.Name, warning);
    }

    private static partial class Log
    {
        [LoggerMessage(3123, LogLevel.Warning, "Connection {Connection}: {Warning}")]
        public static partial void Warned(ILogger logger, string connection, string warning);
    }
}
