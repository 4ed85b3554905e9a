using System.Security.Cryptography;
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
            var trial = TrialOf(config);
            return await RunAsync(new WorkerTask(trial, WorkerShares.Of(trial)[0]), WorkerMode.Test, config, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Has the broker drop the session it keeps for a worker that no longer runs, by a connection with a clean one under the same Client Identifier.</summary>
    public async Task<ConnectionTestResult> EndSessionAsync(WorkerTask task, CancellationToken cancellationToken)
    {
        if (LostSecrets.Sentence(task.Config) is { } lost)
            return Failed("start", lost);

        var config = task.Config with { CleanSession = true, SessionExpiry = TimeSpan.Zero, Will = null, SigningSecret = Secret.None, VerifySecret = Secret.None };
        try
        {
            return await RunAsync(new WorkerTask(config, task.Share with { Topics = [] }), WorkerMode.EndSession, config, cancellationToken).ConfigureAwait(false);
        }
        catch (WorkerStartException exception)
        {
            return Failed("start", exception.Message);
        }
    }

    public void Dispose() => _slots.Dispose();

    /// <param name="shown">The settings as the user knows them.</param>
    private async Task<ConnectionTestResult> RunAsync(WorkerTask task, WorkerMode mode, BrokerConnectionConfig shown, CancellationToken cancellationToken)
    {
        var observer = new TestObserver();
        var worker = WorkerProcess.Start(launcher, WorkerSettingsFactory.Create(task, mode, workerLimits, [], []), observer, limits, timeProvider, logger);
        try
        {
            var first = await Task.WhenAny(observer.Result, worker.Completion).WaitAsync(limits.TestTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
            if (first == worker.Completion && !observer.Result.IsCompleted)
                return Failed("start", (await worker.Completion.ConfigureAwait(false)).Reason);

            return Answer(await observer.Result.ConfigureAwait(false), shown);
        }
        catch (TimeoutException)
        {
            return Failed("connect", $"{new BrokerAddress(shown.Host, shown.Port)} gave no answer within {limits.TestTimeout.TotalSeconds:0.#} s. Check the address, and whether a firewall is in the way.");
        }
        finally
        {
            await worker.StopAsync().ConfigureAwait(false);
        }
    }

    private static BrokerConnectionConfig TrialOf(BrokerConnectionConfig config)
    {
        // Not the connection's own identifier and session: the broker would end the live connection, or throw away what it keeps for it.
        // Nor its will: a test that fails half-way must not have it published. Nor its share group: the broker would hand the test messages that its members miss.
        // It neither publishes nor decodes, so it needs no secrets for that.
        var suffix = $"-test-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        return config with
        {
            ClientId = ClientIdentifier.Create(),
            CleanSession = true,
            SessionExpiry = TimeSpan.Zero,
            Will = null,
            Workers = 1,
            Enabled = true,
            SigningSecret = Secret.None,
            VerifySecret = Secret.None,
            ShareGroup = config.ShareGroup.Length == 0 ? "" : config.ShareGroup + suffix,
            Topics = [.. config.Topics.Select(topic => topic.InGroup(suffix))],
        };
    }

    // In the order of the topics, which the test knows by other names.
    private static ConnectionTestResult Answer(WorkerTestResult result, BrokerConnectionConfig config) => new(
        result.Success,
        result.Stage,
        result.Reason,
        result.Protocol,
        [.. result.Topics.Zip(config.Topics).Select(pair => new TopicTestResult(config.ShareGroup.Length == 0 ? pair.Second.Filter : pair.Second.SharedBy(config.ShareGroup), pair.First.Granted, pair.First.Reason))]);

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
