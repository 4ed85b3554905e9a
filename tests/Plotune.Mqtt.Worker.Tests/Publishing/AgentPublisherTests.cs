using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Hosting;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Publishing;
using Plotune.Mqtt.Worker.Tests.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Publishing;

public sealed class AgentPublisherTests : IDisposable
{
    private static readonly OutboundPublish Publish = new("t", "x"u8.ToArray(), QualityOfService.AtLeastOnce);

    private readonly RecordingStream _pipe = new();
    private readonly MessageLog _log = new(10, 100);
    private readonly PublishReports _reports;
    private readonly AgentPublisher _publisher;

    public AgentPublisherTests()
    {
        _reports = new PublishReports(new AgentPipe(new FrameWriter(_pipe), new WorkerLifetime()));
        _publisher = new AgentPublisher(_reports, _log, own: null, new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddSeconds(1.5)));
    }

    [Theory]
    [InlineData(PublishOutcome.Delivered, false)]
    [InlineData(PublishOutcome.Refused, false)]
    [InlineData(PublishOutcome.Expired, true)]
    public async Task End_is_reported_and_logged(PublishOutcome outcome, bool isExpired)
    {
        var isDelivered = outcome == PublishOutcome.Delivered;
        var result = new PublishResult(outcome, isDelivered ? "" : outcome == PublishOutcome.Expired ? "MessageExpired" : "NotAuthorized", isDelivered ? "" : "Because.");

        Assert.Equal(
            [isDelivered ? new PublishReport(5) : new PublishReport(5, result.ReasonName, "Because.")],
            await ReportsAsync(result));
        Assert.Equal(isExpired, new PublishReport(5, result.ReasonName).IsExpired);
        var message = Assert.Single(_log.Read());
        Assert.Equal(
            ("out", PublishSource.Bridge, 1.5, "t", "x", isDelivered ? null : "Because."),
            (message.Direction, message.Source, message.Time, message.Topic, message.Text, message.Failure));
    }

    [Fact]
    public async Task What_the_next_worker_will_publish_is_neither_reported_nor_logged()
    {
        Assert.Empty(await ReportsAsync(new PublishResult(PublishOutcome.ConnectionLost, "ConnectionLost", "Because.")));
        Assert.Empty(_log.Read());
    }

    [Fact]
    public async Task What_cannot_be_signed_is_refused_instead_of_published_unsigned()
    {
        var signing = new AgentPublisher(_reports, _log, own: null, TimeProvider.System, new EnvelopeSigner("secret"));
        await using var connection = new BrokerConnection(
            new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", 1) }, [], new DiscardingHandler(), new SilentObserver(), NullLogger.Instance);
        signing.Begin(connection);

        signing.Take([new PublishRequest(6, "t", new byte[] { 0xFF }, QualityOfService.AtLeastOnce)]);

        Assert.Equal(("NotSignable", 6L), Assert.Single(await ReportsAsync()) is var report ? (report.RefusalName, report.Id) : default);
        Assert.NotNull(Assert.Single(_log.Read()).Failure);
    }

    public void Dispose() => _pipe.Dispose();

    private async Task<List<PublishReport>> ReportsAsync(PublishResult result)
    {
        _publisher.OnCompleted(PublishSource.Bridge, Publish, 5, in result);
        return await ReportsAsync();
    }

    private async Task<List<PublishReport>> ReportsAsync()
    {
        _reports.Complete();
        await _reports.RunAsync();
        using var written = new MemoryStream([.. _pipe.Writes.SelectMany(write => write)]);
        var reports = new List<PublishReport>();
        for (var reader = new FrameReader(written); reader.TryRead(out var frame);)
            reports.AddRange(PublishReportFrame.Read(frame.Body));
        return reports;
    }

    private sealed class SilentObserver : IConnectionObserver
    {
        public void StatusChanged(ConnectionStatus status)
        {
        }

        public void SubscriptionRefused(string filter, string reasonName, string reason)
        {
        }

        public void SubscriptionGranted(string filter, QualityOfService granted)
        {
        }

        public void SessionLost()
        {
        }
    }
}
