using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Keeps the worker of one connection running as its settings say, and starts it again, with backoff and for ever, when it is lost.</summary>
internal sealed partial class WorkerSupervisor
{
    private static readonly TimeSpan MessagesTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly WorkerLauncher _launcher;
    private readonly SignalStore _store;
    private readonly AgentLimits _limits;
    private readonly WorkerLimits _workerLimits;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly RestartPolicy _policy;
    private readonly Pulse _changed = new();
    private BrokerConnectionConfig _config;
    private (WorkerProcess Process, WorkerRun Run)? _worker;
    private int _generation;
    private bool _stopping;
    private Task _running = Task.CompletedTask;

    public WorkerSupervisor(
        BrokerConnectionConfig config,
        WorkerLauncher launcher,
        SignalStore store,
        AgentLimits limits,
        WorkerLimits workerLimits,
        TimeProvider timeProvider,
        ILogger logger,
        Action<ConnectionEvent> publish)
    {
        _config = config;
        _launcher = launcher;
        _store = store;
        _limits = limits;
        _workerLimits = workerLimits;
        _timeProvider = timeProvider;
        _logger = logger;
        _policy = new RestartPolicy(limits, timeProvider);
        Tracker = new ConnectionTracker(config.Name, limits, timeProvider, publish);
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

    public ConnectionSnapshot Snapshot => new(Config, Tracker.View(_store.CountOf(Config.Name)));

    public void Start()
    {
        BeginState(Config);
        _running = Task.Run(GuardAsync);
    }

    /// <summary>Takes new settings of the same connection, at once: a running worker is told of new topics and started anew only for what it cannot change while it runs.</summary>
    public void Apply(BrokerConnectionConfig config)
    {
        lock (_lock)
        {
            var before = _config;
            _config = config;
            var failed = Tracker.Activity == ConnectionActivity.Failed;
            if (!failed && !WorkerSettingsFactory.NeedsRestart(before, config) && SendTopics(before, config))
                return;

            _generation++;
            BeginState(config);
        }

        _changed.Set();
    }

    /// <summary>Starts the worker anew at once, connected or not, unless it is switched off.</summary>
    public void Restart()
    {
        lock (_lock)
        {
            if (!_config.Enabled)
                return;

            _generation++;
            BeginState(_config);
        }

        _changed.Set();
    }

    /// <summary>Stops the worker within a bounded time, for good.</summary>
    public async Task StopAsync()
    {
        lock (_lock)
            _stopping = true;

        _changed.Set();
        await _running.ConfigureAwait(false);
    }

    /// <summary>The worker's message log, newest first; empty if none runs or it does not answer in time.</summary>
    public async Task<WorkerMessage[]> MessagesAsync(CancellationToken cancellationToken)
    {
        (WorkerProcess Process, WorkerRun Run)? worker;
        lock (_lock)
            worker = _worker;

        return worker is { } running ? await running.Run.RequestMessagesAsync(running.Process, MessagesTimeout, cancellationToken).ConfigureAwait(false) : [];
    }

    private void BeginState(BrokerConnectionConfig config)
    {
        if (config.Enabled)
            Tracker.Begin();
        else
            Tracker.Disable();
    }

    /// <returns>False if a worker runs that could not be told.</returns>
    private bool SendTopics(BrokerConnectionConfig before, BrokerConnectionConfig config)
    {
        var topics = WorkerSettingsFactory.Topics(config, ShareOf(config));
        return _worker is null
            || topics.SequenceEqual(WorkerSettingsFactory.Topics(before, ShareOf(before)))
            || _worker.Value.Process.TrySend(FrameKind.Subscribe, JsonSerializer.SerializeToUtf8Bytes(topics, WorkerJson.Default.WorkerTopicArray));
    }

    private static WorkerShare ShareOf(BrokerConnectionConfig config) => WorkerShares.Of(config with { Enabled = true, Workers = 1 })[0];

    private async Task GuardAsync()
    {
        try
        {
            await RunAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A fault in here must show on the connection, not vanish with the task.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Faulted(_logger, exception, _config.Name);
            Tracker.Fail($"The supervision of this connection failed: {exception.Message} Restart the agent.");
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            var changed = _changed.Next;
            var (config, generation, stopping) = Desired();
            if (stopping)
                return;

            if (!config.Enabled)
            {
                await changed.ConfigureAwait(false);
                continue;
            }

            var lost = await RunWorkerAsync(config, generation).ConfigureAwait(false);
            if (lost is not null)
                await BackOffAsync(lost, generation).ConfigureAwait(false);
            else
                _policy.Reset();
        }
    }

    private (BrokerConnectionConfig Config, int Generation, bool Stopping) Desired()
    {
        lock (_lock)
            return (_config, _generation, _stopping);
    }

    private bool IsCurrent(int generation)
    {
        lock (_lock)
            return _generation == generation && !_stopping;
    }

    /// <returns>How it was lost; null if it was stopped because something else is wanted now.</returns>
    private async Task<WorkerExit?> RunWorkerAsync(BrokerConnectionConfig config, int generation)
    {
        var run = new WorkerRun(Tracker, _store, config.Name);
        lock (_lock)
        {
            if (_generation != generation || _stopping)
                return null;
            Tracker.Expect(run);
        }

        WorkerProcess process;
        _policy.WorkerStarted();
        try
        {
            process = WorkerProcess.Start(_launcher, WorkerSettingsFactory.Create(config, ShareOf(config), WorkerMode.Run, _workerLimits, []), run, _limits, _timeProvider, _logger);
        }
        catch (WorkerStartException exception)
        {
            return new WorkerExit(exception.Message, null, []);
        }

        Log.Started(_logger, config.Name, process.ProcessId);
        Adopt(process, run, config);
        while (!process.Completion.IsCompleted)
        {
            var changed = _changed.Next;
            if (!IsCurrent(generation))
                break;

            await Task.WhenAny(process.Completion, changed).ConfigureAwait(false);
        }

        lock (_lock)
            _worker = null;

        var wanted = IsCurrent(generation);
        var exit = await process.StopAsync().ConfigureAwait(false);
        Tracker.WorkerEnded();
        return wanted ? exit : null;
    }

    private void Adopt(WorkerProcess process, WorkerRun run, BrokerConnectionConfig started)
    {
        lock (_lock)
        {
            _worker = (process, run);
            Tracker.WorkerStarted(run, process.ProcessId);

            // Topics that changed while the process was being started.
            SendTopics(started, _config);
        }
    }

    private async Task BackOffAsync(WorkerExit exit, int generation)
    {
        var delay = _policy.WorkerLost();
        Tracker.WorkerLost(exit.Reason, _policy.Attempt, delay);
        Log.Lost(_logger, _config.Name, exit.Reason, _policy.Attempt, delay, exit.LastLines.Count == 0 ? "none" : string.Join(" | ", exit.LastLines));
        using var cancellation = new CancellationTokenSource();
        var waiting = Task.Delay(delay, _timeProvider, cancellation.Token);
        while (!waiting.IsCompleted)
        {
            var changed = _changed.Next;
            if (!IsCurrent(generation))
                break;

            await Task.WhenAny(waiting, changed).ConfigureAwait(false);
        }

        await cancellation.CancelAsync().ConfigureAwait(false);
        if (!IsCurrent(generation))
            _policy.Reset();
    }

    private static partial class Log
    {
        [LoggerMessage(3122, LogLevel.Critical, "The supervision of connection {Connection} failed")]
        public static partial void Faulted(ILogger logger, Exception exception, string connection);

        [LoggerMessage(3120, LogLevel.Information, "Worker {Connection} started as process {Pid}")]
        public static partial void Started(ILogger logger, string connection, int pid);

        [LoggerMessage(3121, LogLevel.Warning, "Connection {Connection}: {Reason} Restart {Attempt} in {Delay}. Last lines of its standard error: {LastLines}")]
        public static partial void Lost(ILogger logger, string connection, string reason, int attempt, TimeSpan delay, string lastLines);
    }
}
