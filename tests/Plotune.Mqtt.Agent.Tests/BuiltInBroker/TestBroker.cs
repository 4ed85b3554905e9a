using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

/// <summary>The broker alone, on ports of its own; fails the test if it logged an error.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly CapturingLogger _logger = new();
    private readonly ILoggerFactory _loggerFactory;

    private TestBroker()
    {
        _loggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new Provider(_logger)));
        Counters = new BrokerCounters(TimeProvider.System, _logger);
    }

    public BrokerCounters Counters { get; }

    public BrokerServer Server { get; private set; } = null!;

    public int Port => Server.Address.Port;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<TestBroker> StartAsync(BrokerLimits? limits = null, bool webSocket = false, PasswordHash? password = null) =>
        StartAsync(new BrokerOptions { Port = 0, WebSocketPort = webSocket ? 0 : null, Password = password, Limits = limits ?? new BrokerLimits() });

    public static async Task<TestBroker> StartAsync(BrokerOptions options)
    {
        var broker = new TestBroker();
        broker.Server = await BrokerServer.StartAsync(options, broker.Counters, TimeProvider.System, broker._loggerFactory, Cancel);
        return broker;
    }

    public long Refused(string reason) => Counters.RefusedByReason.GetValueOrDefault(reason);

    public long Dropped(string reason) => Counters.DroppedByReason.GetValueOrDefault(reason);

    public Task RefusesAsync(string reason, long count) =>
        Eventually.TrueAsync($"{count} are refused as '{reason}'", () => Refused(reason) >= count, Cancel, state: () => string.Join(", ", Counters.RefusedByReason));

    public Task DropsAsync(string reason, long count) =>
        Eventually.TrueAsync($"{count} are dropped as '{reason}'", () => Dropped(reason) >= count, Cancel, state: () => string.Join(", ", Counters.DroppedByReason));

    public Task<RawClient> ConnectAsync(string clientId, byte version = RawClient.Version311, bool clean = true, int? receiveBuffer = null, params byte[][] properties) =>
        RawClient.ConnectAsync(Port, clientId, version, clean, receiveBuffer, null, properties);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _loggerFactory.Dispose();
        _logger.ThrowOnErrors();
    }

    private sealed class Provider(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
