using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Tries a connection in a worker process of its own, within a bounded time.</summary>
internal sealed class ConnectionTester(WorkerLauncher launcher, AgentLimits limits, WorkerLimits workerLimits, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(limits.MaximumTests);

    public async Task<ConnectionTestResult> TestAsync(BrokerConnectionConfig config, CancellationToken cancellationToken)
    {
        if (LostSecrets.Sentence(config) is { } lost)
            return Failed("start", lost);

        if (!await _slots.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            return Failed("start", $"{limits.MaximumTests} connection tests are running already; try again in a moment.");

        try
        {
            return await RunAsync(config, cancellationToken).ConfigureAwait(false);
        }
        catch (WorkerStartException exception)
        {
            return Failed("start", exception.Message);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<ConnectionTestResult> RunAsync(BrokerConnectionConfig config, CancellationToken cancellationToken)
    {
        // Not the connection's own identifier and session: the broker would end the live connection, or throw away what it keeps for it.
        // Nor its will: a test that fails half-way must not have it published. It neither publishes nor decodes, so it needs no secrets for that.
        var trial = config with { ClientId = ClientIdentifier.Create(), CleanSession = true, SessionExpiry = TimeSpan.Zero, Will = null, Workers = 1, Enabled = true, SigningSecret = Secret.None, VerifySecret = Secret.None };
        var observer = new TestObserver();
        var worker = WorkerProcess.Start(
            launcher, WorkerSettingsFactory.Create(new WorkerTask(trial, WorkerShares.Of(trial)[0]), WorkerMode.Test, workerLimits, []), observer, limits, timeProvider, logger);
        try
        {
            var first = await Task.WhenAny(observer.Result, worker.Completion).WaitAsync(limits.TestTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
            if (first == worker.Completion && !observer.Result.IsCompleted)
                return Failed("start", (await worker.Completion.ConfigureAwait(false)).Reason);

            return Answer(await observer.Result.ConfigureAwait(false));
        }
        catch (TimeoutException)
        {
            return Failed("connect", $"{new BrokerAddress(config.Host, config.Port)} gave no answer within {limits.TestTimeout.TotalSeconds:0.#} s. Check the address, and whether a firewall is in the way.");
        }
        finally
        {
            await worker.StopAsync().ConfigureAwait(false);
        }
    }

    private static ConnectionTestResult Answer(WorkerTestResult result) => new(
        result.Success, result.Stage, result.Reason, result.Protocol, [.. result.Topics.Select(topic => new TopicTestResult(topic.Filter, topic.Granted, topic.Reason))]);

    private static ConnectionTestResult Failed(string stage, string reason) => new(Success: false, stage, reason, "", []);

    private sealed class TestObserver : IWorkerObserver
    {
        private readonly TaskCompletionSource<WorkerTestResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<WorkerTestResult> Result => _result.Task;

        public void OnFrame(FrameView frame)
        {
            // A worker under test also reports its state; only the result matters.
            if (frame.Kind == FrameKind.TestResult)
                _result.TrySetResult(WorkerRun.Parse(frame, WorkerJson.Default.WorkerTestResult));
        }
    }
}
