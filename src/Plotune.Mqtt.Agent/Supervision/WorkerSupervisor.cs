using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Keeps one worker of a connection running while it has a task, and starts it again, with backoff and for ever, when it is lost.</summary>
internal sealed partial class WorkerSupervisor
{
    private static readonly TimeSpan MessagesTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly WorkerContext _context;
    private readonly WorkerKey _key;
    private readonly RestartPolicy _policy;
    private readonly Pulse _changed = new();
    private readonly Task _running;
    private WorkerTask? _task;
    private Task _after = Task.CompletedTask;
    private Task _ended = Task.CompletedTask;
    private (WorkerProcess Process, WorkerRun Run)? _worker;
    private TimeSpan _pause;
    private int _generation;
    private bool _stopping;

    /// <param name="index">Which worker of the connection, from 0.</param>
    public WorkerSupervisor(string connection, int index, WorkerTracker tracker, WorkerContext context)
    {
        _key = new WorkerKey(connection, index);
        _context = context;
        _policy = new RestartPolicy(context.Limits.RestartDelay, context.Limits.RestartDelayMaximum, context.Limits.StableAfter, context.TimeProvider);
        Tracker = tracker;
        _running = Task.Run(GuardAsync);
    }

    public WorkerTracker Tracker { get; }

    /// <summary>Takes a task that differs from the present one in nothing, or in topics that a running worker can be told of.</summary>
    /// <returns>False if more has changed: then <see cref="Halt"/> and <see cref="Order"/>.</returns>
    public bool TryTell(WorkerTask? task)
    {
        lock (_lock)
        {
            if (task is null || _task is null)
                return task == _task;

            if (WorkerSettingsFactory.NeedsRestart(_task, task) || !SendTopics(_task, task))
                return false;

            _task = task;
            return true;
        }
    }

    /// <summary>Takes the task away.</summary>
    /// <returns>Completes once the process that had it has ended, and everything it wrote is taken in.</returns>
    public Task Halt()
    {
        Task ended;
        lock (_lock)
        {
            _generation++;
            _task = null;
            ended = _ended;
        }

        _changed.Set();
        return ended;
    }

    /// <summary>Gives a task, or leaves the worker without.</summary>
    /// <param name="after">No process is started before this has completed.</param>
    public void Order(WorkerTask? task, Task after)
    {
        lock (_lock)
        {
            _generation++;
            (_task, _after) = (task, after);
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
    /// <param name="after">Only what was not read yet; null for all.</param>
    public async Task<LoggedMessage[]> MessagesAsync(MessageCursor? after, CancellationToken cancellationToken)
    {
        (WorkerProcess Process, WorkerRun Run)? worker;
        lock (_lock)
            worker = _worker;

        return worker is { } running ? await running.Run.RequestMessagesAsync(running.Process, after, MessagesTimeout, cancellationToken).ConfigureAwait(false) : [];
    }

    /// <summary>Tells a running worker of topics that another one of the connection publishes to from now on.</summary>
    public void TellOwnTopics(IReadOnlyList<string> topics)
    {
        lock (_lock)
            _worker?.Process.TrySend(FrameKind.OwnTopics, JsonSerializer.SerializeToUtf8Bytes([.. topics], WorkerJson.Default.StringArray));
    }

    /// <summary>Tells a running worker of the pace if it was told of another; one that is too far behind to be told is told the next time.</summary>
    public void TellPace()
    {
        lock (_lock)
        {
            var pause = _context.Pace.Pause;
            if (pause != _pause && _worker is { } worker && worker.Process.TrySend(FrameKind.Pace, new PaceFrame(pause).ToBody()))
                _pause = pause;
        }
    }

    /// <returns>False if a worker runs that could not be told.</returns>
    private bool SendTopics(WorkerTask before, WorkerTask task)
    {
        var topics = WorkerSettingsFactory.Topics(task);
        return _worker is null
            || topics.SequenceEqual(WorkerSettingsFactory.Topics(before))
            || _worker.Value.Process.TrySend(FrameKind.Subscribe, JsonSerializer.SerializeToUtf8Bytes(topics, WorkerJson.Default.WorkerTopicArray));
    }

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
            Log.Faulted(_context.Logger, exception, _key.Connection);
            Tracker.Fail($"The supervision of this connection failed: {exception.Message} Restart the agent.", "InternalError");
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            var changed = _changed.Next;
            var (task, after, generation, stopping) = Desired();
            if (stopping)
                return;

            if (task is null)
            {
                await changed.ConfigureAwait(false);
                continue;
            }

            if (!after.IsCompleted)
            {
                await Task.WhenAny(after, changed).ConfigureAwait(false);
                continue;
            }

            if (LostSecrets.Sentence(task.Config) is { } sentence)
            {
                Refuse(sentence, generation);
                await changed.ConfigureAwait(false);
                continue;
            }

            var lost = await RunWorkerAsync(generation).ConfigureAwait(false);
            if (lost is not null)
                await BackOffAsync(lost, task, generation).ConfigureAwait(false);
            else
                _policy.Reset();
        }
    }

    private (WorkerTask? Task, Task After, int Generation, bool Stopping) Desired()
    {
        lock (_lock)
            return (_task, _after, _generation, _stopping);
    }

    private bool IsCurrent(int generation)
    {
        lock (_lock)
            return _generation == generation && !_stopping;
    }

    private void Refuse(string sentence, int generation)
    {
        lock (_lock)
        {
            if (_generation != generation || _stopping)
                return;

            if (_key.Worker == 0)
                Log.Refused(_context.Logger, _key.Connection, sentence);
            Tracker.Fail(sentence, LostSecrets.ReasonName);
        }
    }

    /// <returns>How it was lost; null if it was stopped because something else is wanted now.</returns>
    private async Task<WorkerExit?> RunWorkerAsync(int generation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WorkerTask task;
        lock (_lock)
        {
            if (_generation != generation || _stopping || _task is null)
                return null;

            task = _task;
            _ended = ended.Task;
        }

        try
        {
            return await RunWorkerAsync(task, generation).ConfigureAwait(false);
        }
        finally
        {
            ended.SetResult();
        }
    }

    private async Task<WorkerExit?> RunWorkerAsync(WorkerTask task, int generation)
    {
        var session = task.Session;
        var run = new WorkerRun(Tracker, _context.Store, _key, topics => _context.HeldTopics.Keep(_key, new HeldTopics(session, topics)));
        lock (_lock)
        {
            if (_generation != generation || _stopping)
                return null;
            Tracker.Expect(run);
        }

        WorkerProcess process;
        _policy.Started();
        try
        {
            var settings = WorkerSettingsFactory.Create(task, WorkerMode.Run, _context.WorkerLimits, _context.HeldTopics.Find(_key, session), _context.OwnTopics.Of(task.Config));
            process = WorkerProcess.Start(_context.Launcher, settings, run, _context.Limits, _context.TimeProvider, _context.Logger);
        }
        catch (WorkerStartException exception)
        {
            return new WorkerExit(exception.Message, null, []);
        }

        Log.Started(_context.Logger, WorkerSettingsFactory.NameOf(task), process.ProcessId);
        Adopt(process, run, task);
        await using var link = _key.Worker == 0 ? _context.Outbound.Attach(_key.Connection, process) : null;
        if (link is not null)
            run.StartPublishing(link);
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
        if (wanted && IsCurrent(generation))
            return exit;

        Tracker.Ended();
        return null;
    }

    private void Adopt(WorkerProcess process, WorkerRun run, WorkerTask started)
    {
        lock (_lock)
        {
            (_worker, _pause) = ((process, run), ReadPause.Shortest);
            Tracker.Started(run, process.ProcessId);

            // Topics that changed while the process was being started.
            if (_task is not null)
                SendTopics(started, _task);
            TellPace();
        }
    }

    private async Task BackOffAsync(WorkerExit exit, WorkerTask task, int generation)
    {
        var delay = _policy.Lost();
        Tracker.Lost(exit.Reason, _policy.Attempt, delay);
        Log.Lost(
            _context.Logger,
            WorkerSettingsFactory.NameOf(task),
            exit.Reason,
            _policy.Attempt,
            delay.TotalSeconds,
            exit.LastLines.Count == 0 ? "none" : string.Join(" | ", exit.LastLines));
        using var cancellation = new CancellationTokenSource();
        var waiting = Task.Delay(delay, _context.TimeProvider, cancellation.Token);
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

        [LoggerMessage(3124, LogLevel.Error, "Connection {Connection} is not made. {Reason}")]
        public static partial void Refused(ILogger logger, string connection, string reason);

        [LoggerMessage(3120, LogLevel.Information, "Worker {Worker} started as process {Pid}")]
        public static partial void Started(ILogger logger, string worker, int pid);

        [LoggerMessage(3121, LogLevel.Warning, "Worker {Worker}: {Reason} Restart {Attempt} in {Delay:0.##} s. Last lines of its standard error: {LastLines}")]
        public static partial void Lost(ILogger logger, string worker, string reason, int attempt, double delay, string lastLines);
    }
}
