using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Bridge;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>A Redis server, and event sources on it that put what they take into <see cref="Queues"/>.</summary>
internal sealed class SourceFixture : IAsyncDisposable
{
    public const string List = "nemo_mqtt_events";
    public const string OtherList = "NEMO_mqtt_events";
    public const string InWork = List + ":plotune:in-work";
    public const string Dead = List + ":plotune:dead";
    public const string Lease = List + ":plotune:lease";

    /// <summary>Short, so that no test waits for a lease to expire; long enough for a busy machine.</summary>
    private static readonly LeaseTiming Timing = new() { Lifetime = TimeSpan.FromSeconds(4), Renewal = TimeSpan.FromSeconds(0.5), Retry = TimeSpan.FromSeconds(0.2) };

    private static readonly AgentLimits Limits = new() { RestartDelay = TimeSpan.FromMilliseconds(50), RestartDelayMaximum = TimeSpan.FromMilliseconds(200) };

    private readonly List<RedisEventSource> _sources = [];
    private ConnectionMultiplexer? _producer;

    private SourceFixture(RedisProcess redis) => Redis = redis;

    public RedisProcess Redis { get; }

    public FakeQueues Queues { get; } = new();

    public FakeConnections Connections { get; } = new();

    public CapturingLogger Logger { get; } = new();

    /// <summary>Database 1, as a producer sees it.</summary>
    public IDatabase Database => _producer!.GetDatabase(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SourceFixture> StartAsync(string configuration = "save \"\"\n", string password = "")
    {
        var fixture = new SourceFixture(await RedisProcess.StartAsync(Cancel, configuration));
        fixture._producer = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", fixture.Redis.Port } },
            Password = password,
            AllowAdmin = true,
            AbortOnConnectFail = false,
            AsyncTimeout = 60_000,
            ReconnectRetryPolicy = new LinearRetry(50),
        });
        fixture.Connect("plant");
        return fixture;
    }

    public static string Event(string payload, string topic = "nemo/tools/1", string more = "\"qos\":1,\"retain\":false") =>
        $$"""{"topic":{{JsonValue.Create(topic).ToJsonString()}},"payload":{{JsonValue.Create(payload).ToJsonString()}},{{more}}}""";

    public RedisSourceSettings Settings(string name = "nemo") => new()
    {
        Name = name,
        Port = Redis.Port,
        Connections = ["plant"],
    };

    /// <param name="agent">Data folder: another one is another agent.</param>
    public RedisEventSource Run(RedisSourceSettings? settings = null, string agent = "one", LeaseTiming? timing = null)
    {
        var source = new RedisEventSource(settings ?? Settings(), agent, Queues, Connections, Limits, null, timing ?? Timing, TimeProvider.System, new Logger<RedisEventSource>(new SingleLogger(Logger)));
        _sources.Add(source);
        Connections.EventOccurred += happened => source.ConnectionChanged(happened.Connection);
        source.Start();
        return source;
    }

    /// <summary>Makes a connection, connected to its broker or not.</summary>
    public void Connect(string name, ConnectionActivity activity = ConnectionActivity.Connected)
    {
        _ = Connections.PutAsync(new BrokerConnectionConfig { Name = name, Host = "h" }, Cancel);
        Connections.SetState(name, new ConnectionStateView { Activity = activity, Since = DateTimeOffset.UnixEpoch });
    }

    /// <summary>As NEMO's plugin does: each event is pushed on the left.</summary>
    public async Task PushAsync(IEnumerable<string> payloads, string list = List)
    {
        foreach (var payload in payloads) await Database.ListLeftPushAsync(list, Event(payload));
    }

    public Task AcceptedAsync(params string[] payloads) =>
        Eventually.TrueAsync($"the queues have {payloads.Length} events", () => Queues.Payloads.Count >= payloads.Length, Cancel, state: Describe)
            .ContinueWith(waited => { waited.GetAwaiter().GetResult(); Assert.Equal(payloads, Queues.Payloads); }, TaskScheduler.Default);

    public static Task StateAsync(RedisEventSource source, SourceActivity activity, string reason = "") => Eventually.TrueAsync(
        $"the source is {activity} because '{reason}'", () => source.State.Activity == activity && source.State.Reason.Contains(reason, StringComparison.Ordinal), Cancel, state: () => source.State);

    /// <summary>Nothing of ours is left on the way: what was taken is stored.</summary>
    public async Task DrainedAsync(string list = List)
    {
        long left = -1;
        for (; left != 0; await Task.Yield()) left = await Database.ListLengthAsync(list) + await Database.ListLengthAsync(list + ":plotune:in-work");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
        if (_producer is not null) await _producer.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private object Describe() => $"{Queues.Payloads.Count} events; sources: {string.Join("; ", _sources.Select(source => source.State))}; log: {string.Join('\n', Logger.Entries)}";

    private sealed class SingleLogger(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
