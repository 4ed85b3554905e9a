using System.Text.Json;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Worker.Hosting;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker;

/// <summary>The worker role: one broker connection, told by the agent over a pair of streams what to do.</summary>
public static partial class WorkerHost
{
    // A write to the pipe blocks its thread while the agent is behind; timers and the socket must find others.
    private const int MinimumThreads = 8;

    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the agent says Shutdown, <paramref name="input"/> ends, or the token is cancelled; then says DISCONNECT to the broker.</summary>
    /// <param name="input">Standard input. A read of it stays pending on a background thread if the worker ends for another reason.</param>
    /// <param name="output">Standard output, whose only writer this is; see <see cref="StandardStreams"/>.</param>
    /// <returns>The exit code: 0 stopped as asked or the agent is gone, 1 unexpected failure, 2 the agent broke the contract.</returns>
    public static async Task<int> RunAsync(Stream input, Stream output, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        ILogger logger = loggerFactory.CreateLogger(typeof(WorkerHost));
        ReserveThreads();
        OutputPipe.TryEnlarge(output);

        var lifetime = new WorkerLifetime();
        var pipe = new AgentPipe(new FrameWriter(output), lifetime);
        var outbox = new ControlOutbox(pipe, logger);
        var agent = new AgentInput(input, pipe, outbox, lifetime);
        using CancellationTokenRegistration stop = cancellationToken.Register(() => lifetime.End(WorkerEnd.AskedTo));

        outbox.Post(FrameKind.Hello, HelloFrame.Own.ToBody());
        Task sending = lifetime.WatchAsync(outbox.RunAsync);
        agent.Start();
        await Task.WhenAny(agent.Started, lifetime.Ended).ConfigureAwait(false);
        if (!lifetime.Ended.IsCompleted)
        {
            WorkerStart start = await agent.Started.ConfigureAwait(false);
            Log.Started(logger, start.Settings.Name, start.Settings.Mode);
            await lifetime.WatchAsync(() => ServeAsync(start, agent, pipe, outbox, lifetime, loggerFactory)).ConfigureAwait(false);
        }

        WorkerEnd end = await lifetime.Ended.ConfigureAwait(false);
        outbox.Complete();
        await Task.WhenAny(sending, Task.Delay(FlushLimit, CancellationToken.None)).ConfigureAwait(false);
        if (end.ExitCode == 0)
            Log.Ended(logger, end.Reason);
        else
            Log.Failed(logger, end.ExitCode, end.Reason);

        return end.ExitCode;
    }

    private static async Task ServeAsync(
        WorkerStart start, AgentInput agent, AgentPipe pipe, ControlOutbox outbox, WorkerLifetime lifetime, ILoggerFactory loggerFactory)
    {
        if (start.Settings.Mode != WorkerMode.Run)
        {
            await TestAsync(start.Settings, outbox, lifetime, loggerFactory).ConfigureAwait(false);
            return;
        }

        var run = new IngestRun(start, pipe, outbox, lifetime, loggerFactory);
        await using (run.ConfigureAwait(false))
            await run.RunAsync(agent.Topics).ConfigureAwait(false);
    }

    private static async Task TestAsync(WorkerSettings settings, ControlOutbox outbox, WorkerLifetime lifetime, ILoggerFactory loggerFactory)
    {
        using var ending = new CancellationTokenSource();
        var test = new ConnectionTest(settings, ConnectionTest.DefaultLimit, loggerFactory.CreateLogger<ConnectionTest>());
        await using (test.ConfigureAwait(false))
        {
            Task<WorkerTestResult> testing = test.RunAsync(ending.Token);
            await Task.WhenAny(testing, lifetime.Ended).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            WorkerTestResult result = await testing.ConfigureAwait(false);
            outbox.Post(FrameKind.TestResult, JsonSerializer.SerializeToUtf8Bytes(result, WorkerJson.Default.WorkerTestResult));
        }

        lifetime.End(WorkerEnd.Tested);
    }

    private static void ReserveThreads()
    {
        ThreadPool.GetMinThreads(out int workers, out int completionPorts);
        if (workers < MinimumThreads)
            ThreadPool.SetMinThreads(MinimumThreads, completionPorts);
    }

    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Debug, "Worker for '{Connection}' started ({Mode})")]
        public static partial void Started(ILogger logger, string connection, WorkerMode mode);

        [LoggerMessage(2001, LogLevel.Debug, "Worker ends. {Reason}")]
        public static partial void Ended(ILogger logger, string reason);

        [LoggerMessage(2002, LogLevel.Error, "Worker ends with code {ExitCode}. {Reason}")]
        public static partial void Failed(ILogger logger, int exitCode, string reason);
    }
}
