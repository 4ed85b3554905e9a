using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// One worker process from start to end. Exit, broken framing, silence and a missing Hello are one thing: the worker is lost, with a reason. Whatever ends it, what it had written is
/// read to its end, and neither it nor a child of its own is left behind.
/// </summary>
internal sealed partial class WorkerProcess : IPublishLane, IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly AgentLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _connection;
    private readonly PendingReadStream _output;
    private readonly WorkerInput _input;
    private readonly WorkerLogRelay _relay;
    private readonly Heartbeat _heartbeat;
    private readonly IWorkerObserver _observer;
    private readonly long _started;
    private readonly Task<string?> _reading;
    private readonly Task _relaying;
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _greeted;

    private WorkerProcess(Process process, WorkerSettings settings, IWorkerObserver observer, AgentLimits limits, TimeProvider timeProvider, ILogger logger)
    {
        _process = process;
        ProcessId = process.Id;
        _connection = settings.Name;
        _observer = observer;
        _limits = limits;
        _timeProvider = timeProvider;
        _logger = logger;
        _started = timeProvider.GetTimestamp();
        _heartbeat = new Heartbeat(limits.HeartbeatTimeout, timeProvider);
        _relay = new WorkerLogRelay(settings.Name, logger, timeProvider);
        _output = new PendingReadStream(process.StandardOutput.BaseStream, timeProvider);
        _input = new WorkerInput(process.StandardInput.BaseStream);
        _input.TrySend(FrameKind.Hello, HelloFrame.Own.ToBody());
        _input.TrySend(FrameKind.Start, JsonSerializer.SerializeToUtf8Bytes(settings, WorkerJson.Default.WorkerSettings));
        _relaying = _relay.RunAsync(process.StandardError.BaseStream);
        _reading = StartReader();
        Completion = SuperviseAsync();
    }

    /// <summary>Stays known after its end.</summary>
    public int ProcessId { get; }

    /// <summary>Completes when the process is gone and everything it wrote is taken in; never fails.</summary>
    public Task<WorkerExit> Completion { get; }

    /// <summary>Starts a process and sends it its settings.</summary>
    /// <exception cref="WorkerStartException">The system refused.</exception>
    public static WorkerProcess Start(
        WorkerLauncher launcher, WorkerSettings settings, IWorkerObserver observer, AgentLimits limits, TimeProvider timeProvider, ILogger logger) =>
        new(launcher.Start(), settings, observer, limits, timeProvider, logger);

    /// <summary>False if the worker is too far behind to take it, or on its way out.</summary>
    public bool TrySend(FrameKind kind, byte[] body) => _input.TrySend(kind, body);

    /// <inheritdoc/>
    public Task<bool> SendAsync(byte[] body, CancellationToken cancellationToken) => _input.SendAsync(FrameKind.Publish, body, cancellationToken);

    /// <summary>Asks the worker to end, and makes sure of it within a bounded time.</summary>
    public Task<WorkerExit> StopAsync()
    {
        _stopping.TrySetResult();
        return Completion;
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private Task<string?> StartReader()
    {
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);

        // A thread of its own: the read blocks, and samples should not wait for a thread of the pool.
        new Thread(() => done.SetResult(ReadAll())) { IsBackground = true, Name = $"worker {_connection}" }.Start();
        return done.Task;
    }

    /// <returns>Why reading ended; null at an orderly end.</returns>
    private string? ReadAll()
    {
        try
        {
            var reader = new FrameReader(_output);
            while (reader.TryRead(out var frame))
                OnFrame(frame);
            return null;
        }
        catch (FrameException exception)
        {
            return $"broke the contract: {exception.Message}";
        }
        catch (JsonException exception)
        {
            return $"broke the contract: {exception.Message}";
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return $"cannot be read: {exception.Message}";
        }
#pragma warning disable CA1031 // An error of ours while taking in a frame ends this worker, not the agent.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ReaderFailed(_logger, exception, _connection);
            return $"could not be understood because of an error in the agent: {exception.Message}";
        }
    }

    private void OnFrame(FrameView frame)
    {
        if (!_greeted)
        {
            Greet(frame);
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Pong:
                if (frame.Body.Length != sizeof(ulong) || !_heartbeat.Answer(BinaryPrimitives.ReadUInt64LittleEndian(frame.Body)))
                    throw new FrameException("It answered a ping that was not sent.");
                break;
            case FrameKind.Hello:
                throw new FrameException("It said Hello twice.");
            default:
                _observer.OnFrame(frame);
                break;
        }
    }

    private void Greet(FrameView frame)
    {
        if (frame.Kind != FrameKind.Hello)
            throw new FrameException($"It began with {frame.Kind} instead of Hello.");

        var hello = HelloFrame.Read(frame.Body);
        if (hello.Version != HelloFrame.ContractVersion)
            throw new FrameException($"It speaks version {hello.Version} of the contract, not {HelloFrame.ContractVersion}.");
        _greeted = true;
    }

    private async Task<WorkerExit> SuperviseAsync()
    {
        var exited = _process.WaitForExitAsync(CancellationToken.None);
        using var ended = new CancellationTokenSource();
        var watching = WatchAsync(ended.Token);
        var first = await Task.WhenAny(exited, _reading, _lost.Task, _stopping.Task).ConfigureAwait(false);

        string? reason = null;
        if (first == _lost.Task)
            reason = await _lost.Task.ConfigureAwait(false);
        else if (first == _reading)
            reason = await _reading.ConfigureAwait(false);

        // Stopped as asked, or its output ended by itself: it gets the time to end in order. A worker that is broken does not.
        if (reason is null)
            await StopInOrderAsync(exited).ConfigureAwait(false);
        else
            Kill();

        var gone = await CompletesWithin(exited, DrainLimit).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        int? code = gone ? _process.ExitCode : null;
        var exit = new WorkerExit(Sentence(reason, first == _stopping.Task, code), code, _relay.Last);
        _process.Dispose();
        return exit;
    }

    private async Task StopInOrderAsync(Task exited)
    {
        _input.TrySend(FrameKind.Shutdown, []);
        _input.Close();
        if (!await CompletesWithin(exited, _limits.StopTimeout).ConfigureAwait(false))
        {
            Log.Killed(_logger, _connection, ProcessId, _limits.StopTimeout.TotalSeconds);
            Kill();
        }
    }

    private void Kill()
    {
        _input.Close();
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended by itself, or part of its tree did. What matters is whether it exits, which is awaited.
            Log.KillFailed(_logger, _connection, exception.Message);
        }
    }

    /// <summary>Reads what is left in the pipes. A stray grandchild that holds them open is not waited for.</summary>
    private async Task DrainAsync()
    {
        var drained = await CompletesWithin(_reading, DrainLimit).ConfigureAwait(false);
        drained &= await CompletesWithin(_relaying, Tick).ConfigureAwait(false);
        drained &= await CompletesWithin(_input.Completion, Tick).ConfigureAwait(false);
        if (!drained)
            Log.NotDrained(_logger, _connection);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var nextPing = TimeSpan.Zero;
        using var timer = new PeriodicTimer(Tick, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                var age = _timeProvider.GetElapsedTime(_started);
                if (!_greeted && age >= _limits.HandshakeTimeout)
                    _lost.TrySetResult($"said no Hello within {_limits.HandshakeTimeout.TotalSeconds:0.#} s");

                // A worker that answers is looked at once per ping: each look wakes a thread, and most workers idle most of the time.
                var suspicious = _heartbeat.IsWaiting;
                if (_heartbeat.IsLost(_output.Waiting))
                    _lost.TrySetResult($"did not answer for {_limits.HeartbeatTimeout.TotalSeconds:0.#} s");
                var isCalm = _greeted && !suspicious;
                if (_greeted && (isCalm || age + (Tick / 2) >= nextPing) && Ping())
                    nextPing = age + _limits.HeartbeatInterval;
                var next = isCalm ? UntilNextBeat() : Tick;
                if (timer.Period != next)
                    timer.Period = next;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker has ended.
        }
    }

    /// <summary>All workers are looked at in the same moment, so that however many there are, the threads that do it wake once.</summary>
    private TimeSpan UntilNextBeat()
    {
        var interval = _limits.HeartbeatInterval > Tick ? _limits.HeartbeatInterval : Tick;
        var since = TimeSpan.FromTicks(_timeProvider.GetElapsedTime(0).Ticks % interval.Ticks);
        var left = TimeSpan.FromMilliseconds(Math.Ceiling((interval - since).TotalMilliseconds));
        return left < Tick / 2 ? left + interval : left;
    }

    private bool Ping()
    {
        var body = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(body, _heartbeat.Next());
        return _input.TrySend(FrameKind.Ping, body);
    }

    private static string Sentence(string? reason, bool asked, int? code)
    {
        if (reason is not null)
            return $"The worker {reason}.";
        if (asked)
            return "The worker was stopped.";

        return code switch
        {
            null => "The worker does not end.",
            > 128 => $"The worker was ended by signal {code - 128}.",
            _ => $"The worker ended with code {code}.",
        };
    }

    private static async Task<bool> CompletesWithin(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3110, LogLevel.Error, "A frame of worker {Connection} could not be taken in")]
        public static partial void ReaderFailed(ILogger logger, Exception exception, string connection);

        [LoggerMessage(3111, LogLevel.Warning, "Worker {Connection} (process {Pid}) did not end within {Seconds} s and is killed")]
        public static partial void Killed(ILogger logger, string connection, int pid, double seconds);

        [LoggerMessage(3112, LogLevel.Debug, "Killing worker {Connection}: {Reason}")]
        public static partial void KillFailed(ILogger logger, string connection, string reason);

        [LoggerMessage(3113, LogLevel.Warning, "The pipes of worker {Connection} are still held open after its end; they are no longer read")]
        public static partial void NotDrained(ILogger logger, string connection);
    }
}
