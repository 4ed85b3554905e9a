using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Keeps the workers of one connection doing what its settings say. Thread-safe.</summary>
internal sealed partial class ConnectionSupervisor
{
    private readonly Lock _lock = new();
    private readonly WorkerContext _context;
    private readonly List<WorkerSupervisor> _workers = [];
    private BrokerConnectionConfig _config;
    private IReadOnlyList<WorkerShare> _shares = [];

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

    public void Start() => Deal(Config, anew: true);

    /// <summary>Takes new settings of the same connection, at once: running workers are told of new topics and started anew only for what they cannot change while they run.</summary>
    public void Apply(BrokerConnectionConfig config) => Deal(config, anew: Tracker.Activity == ConnectionActivity.Failed);

    /// <summary>Starts the workers anew at once, connected or not, unless the connection is switched off.</summary>
    public void Restart() => Deal(Config, anew: true);

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

    /// <summary>The workers' message logs; empty where none runs or it does not answer in time.</summary>
    public async Task<IEnumerable<WorkerMessage>> MessagesAsync(CancellationToken cancellationToken)
    {
        WorkerSupervisor[] workers;
        lock (_lock)
            workers = [.. _workers];

        var logs = await Task.WhenAll(workers.Select(worker => worker.MessagesAsync(cancellationToken))).ConfigureAwait(false);
        return logs.SelectMany(log => log);
    }

    /// <param name="anew">Every worker is started anew, whatever changed.</param>
    private void Deal(BrokerConnectionConfig config, bool anew)
    {
        lock (_lock)
        {
            var shares = WorkerShares.Of(config);
            anew |= WorkerShares.TopicsMove(_shares, shares);
            (_config, _shares) = (config, shares);
            while (_workers.Count < shares.Count)
                _workers.Add(new WorkerSupervisor(config.Name, _workers.Count, Tracker.AddWorker(), _context));

            WorkerTask?[] tasks = [.. _workers.Select((_, index) => index < shares.Count ? new WorkerTask(config, shares[index]) : null)];
            int[] changed = [.. Enumerable.Range(0, tasks.Length).Where(index => anew || !_workers[index].TryTell(tasks[index]))];
            if (changed.Length == 0)
                return;

            // A topic that moves from one worker to another keeps its order only if the one has ended before the other begins; one without a task may still be ending.
            var ended = Task.WhenAll(_workers.Where((_, index) => tasks[index] is null || changed.Contains(index)).Select(worker => worker.Halt()).ToArray());
            Tracker.Begin(changed.Select(index => (_workers[index].Tracker, tasks[index] is not null)));
            foreach (var index in changed)
                _workers[index].Order(tasks[index], ended);
            Warn(config);
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
