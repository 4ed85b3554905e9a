using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Publishing;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>The worker's ordinary life: one connection whose messages become samples, and which publishes what the agent gives, until the worker ends.</summary>
internal sealed class IngestRun : IAsyncDisposable
{
    /// <summary>How long an agent may take to read the last reports.</summary>
    private static readonly TimeSpan ReportLimit = TimeSpan.FromSeconds(1);

    private readonly BrokerConnection _connection;
    private readonly ConnectionReporter _reporter;
    private readonly CounterReporter _counting;
    private readonly PublishReports _reports;
    private readonly WorkerLifetime _lifetime;
    private readonly EnvelopeVerifier? _verifier;

    public IngestRun(WorkerStart start, AgentPipe pipe, ControlOutbox outbox, WorkerLifetime lifetime, ILoggerFactory loggerFactory)
    {
        WorkerSettings settings = start.Settings;
        var counters = new IngestCounters();
        _lifetime = lifetime;
        _reports = start.Reports;
        _reporter = new ConnectionReporter(outbox, settings.Topics);
        _verifier = settings.VerifySecret is { } secret ? new EnvelopeVerifier(secret) : null;
        var handler = new IngestHandler(
            settings.Limits,
            pipe,
            start.Log,
            counters,
            _reporter.Notice,
            TimeProvider.System,
            TopicPart.Create(settings.Part, settings.Parts),
            _verifier,
            start.Own);
        _connection = new BrokerConnection(
            ConnectionSettings.ToOptions(settings),
            ConnectionSettings.ToSubscriptions(settings.Topics),
            handler,
            _reporter,
            loggerFactory.CreateLogger<BrokerConnection>(),
            readPause: start.ReadPause);
        start.Publisher.Begin(_connection);
        _counting = new CounterReporter(_connection, counters, settings.Part, outbox, TimeProvider.System);
    }

    /// <summary>Connects, follows the lists of topics, and says DISCONNECT once the worker ends.</summary>
    public async Task RunAsync(ChannelReader<WorkerTopic[]> topics)
    {
        using var stopping = new CancellationTokenSource();
        _connection.Start();
        Task counting = _lifetime.WatchAsync(() => _counting.RunAsync(stopping.Token));
        Task reporting = _lifetime.WatchAsync(_reports.RunAsync);
        Task following = _lifetime.WatchAsync(() => FollowAsync(topics, stopping.Token));
        await _lifetime.Ended.ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _reports.Complete();
        await Task.WhenAll(counting, following).ConfigureAwait(false);
        await Task.WhenAny(reporting, Task.Delay(ReportLimit)).ConfigureAwait(false);
        _counting.Report();
    }

    public async ValueTask DisposeAsync()
    {
        // Its lane is what uses the verifier.
        await _connection.DisposeAsync().ConfigureAwait(false);
        _verifier?.Dispose();
    }

    private async Task FollowAsync(ChannelReader<WorkerTopic[]> lists, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (WorkerTopic[] list in lists.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                _reporter.Wants(list);
                await _connection.UpdateSubscriptionsAsync(ConnectionSettings.ToSubscriptions(list), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops.
        }
    }
}
