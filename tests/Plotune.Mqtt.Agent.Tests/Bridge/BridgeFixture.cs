using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

/// <summary>Bridges over real sockets, with a producer connection, queues and a store that are kept in memory.</summary>
internal sealed class BridgeFixture : IAsyncDisposable
{
    /// <summary>Sources are tried again quickly: a test waits for what happens, not for time.</summary>
    public static readonly BridgeLimits Limits = new() { RetryDelay = TimeSpan.FromMilliseconds(5), RetryDelayMaximum = TimeSpan.FromMilliseconds(50), StoreInterval = TimeSpan.FromMilliseconds(20) };

    private readonly LoggerFactory _loggers = new();

    public BridgeFixture(BridgeLimits? limits = null, FakeBridgeStore? store = null, TimeProvider? time = null, int maximumBridges = 256, FakeConnections? connections = null, string configuration = "{}")
    {
        Store = store ?? new FakeBridgeStore();
        Connections = connections ?? new FakeConnections();
        _loggers.AddProvider(new Provider(Logger));
        Producers = new Producers(Connections, TestAgent.Manifest(configuration: configuration), _loggers.CreateLogger<Producers>());
        Bridges = new BridgeService(
            Producers, OwnTopics, Queues, Store, limits ?? Limits, new AgentLimits { MaximumBridges = maximumBridges }, time ?? TimeProvider.System, _loggers.CreateLogger<BridgeService>());
        Bridges.EventOccurred += Events.Enqueue;
    }

    public CapturingLogger Logger { get; } = new();

    public FakeConnections Connections { get; }

    public FakeQueues Queues { get; } = new();

    public FakeBridgeStore Store { get; }

    public OwnTopics OwnTopics { get; } = new();

    public Producers Producers { get; }

    public BridgeService Bridges { get; }

    public ConcurrentQueue<ConnectionEvent> Events { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>With a producer connection <c>plant</c> to <c>plotune</c>, and running.</summary>
    public static async Task<BridgeFixture> StartAsync(BridgeLimits? limits = null, FakeBridgeStore? store = null, TimeProvider? time = null, int maximumBridges = 256)
    {
        var fixture = new BridgeFixture(limits, store, time, maximumBridges);
        await fixture.PutProducerAsync("plant");
        await fixture.RunAsync();
        return fixture;
    }

    public static BrokerConnectionConfig Producer(string name, string topic = "plotune", int since = 1) => new()
    {
        Name = name,
        Host = "h",
        Producer = true,
        ProducerSince = DateTimeOffset.UnixEpoch.AddDays(since),
        ProducerTopic = topic,
        ProducerQos = QualityOfService.AtLeastOnce,
    };

    public Task PutProducerAsync(string name, string topic = "plotune", int since = 1) => Connections.PutAsync(Producer(name, topic, since), Cancel);

    public async Task RunAsync()
    {
        await Bridges.LoadAsync(Cancel);
        Bridges.Start();
    }

    public Task AddAsync(string name, StandInSource source, double? rate = null, double? deadBand = null) =>
        Bridges.AddAsync(new BridgeRequest(name, new BridgeSource("127.0.0.1", source.Port), rate, deadBand), Cancel);

    /// <summary>Bridges a variable and waits until its source is connected to.</summary>
    public async Task ConnectAsync(string name, StandInSource source, double? rate = null, double? deadBand = null)
    {
        await AddAsync(name, source, rate, deadBand);
        await UntilAsync(name, "the source is connected to", bridge => bridge.State.Activity == BridgeActivity.Connected && source.Connected > 0);
    }

    public BridgeSnapshot Bridge(string name) => Bridges.List().Single(bridge => bridge.Config.Name == name);

    public Task UntilAsync(string name, string what, Func<BridgeSnapshot, bool> condition) => Eventually.TrueAsync(what, () => condition(Bridge(name)), Cancel, state: () => Bridge(name));

    public Task UntilAcceptedAsync(int count) => Eventually.TrueAsync($"{count} samples are in the queue", () => Queues.Accepted.Count >= count, Cancel, state: () => string.Join(' ', Queues.Payloads));

    public async ValueTask DisposeAsync()
    {
        Queues.Release();
        await Bridges.DisposeAsync();
        _loggers.Dispose();
    }

    private sealed class Provider(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
