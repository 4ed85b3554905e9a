using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Hosting;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Tests.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class CounterReporterTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly IngestCounters _counters = new();
    private readonly RecordingStream _pipe = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ControlOutbox _outbox;
    private readonly BrokerConnection _connection;
    private readonly Task _running;

    public CounterReporterTests()
    {
        _outbox = new ControlOutbox(new AgentPipe(new FrameWriter(_pipe), new WorkerLifetime()), new CapturingLogger());
        _connection = new BrokerConnection(new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", 1883) }, [], new NoMessages(), new NoObserver(), NullLogger.Instance);
        _running = Task.WhenAll(new CounterReporter(_connection, _counters, 0, _outbox, _time).RunAsync(_stop.Token), _outbox.RunAsync());
    }

    [Fact]
    public async Task What_comes_after_a_long_silence_is_reported_half_a_second_later()
    {
        for (var reports = 1; reports <= 3; reports++)
        {
            await UntilAsleepAsync();
            var before = _pipe.Writes.Count;
            _counters.AddSamples(1);
            _counters.SetLastMessage(reports);
            _counters.Wake();

            Assert.False(_counters.IsAsleep);
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Eventually.TrueAsync("the counters are reported", () => _pipe.Writes.Count > before, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _outbox.Complete();
        await _stop.CancelAsync();
        await _running;
        await _connection.DisposeAsync();
        _stop.Dispose();
    }

    private Task UntilAsleepAsync() => Eventually.TrueAsync(
        "it looks seldom",
        () =>
        {
            if (!_counters.IsAsleep)
                _time.Advance(TimeSpan.FromSeconds(1));
            return _counters.IsAsleep;
        },
        TestContext.Current.CancellationToken);

    private sealed class NoMessages : IPublishHandler
    {
        public bool OnPublish(in InboundPublish publish) => true;

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class NoObserver : IConnectionObserver
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
