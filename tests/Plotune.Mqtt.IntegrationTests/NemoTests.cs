using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>NEMO's events from a real Redis to a real broker, whatever ends on the way.</summary>
public sealed class NemoTests : AgentTest
{
    private const string EventList = "nemo_mqtt_events";
    private const string Topic = "nemo/tools/12";
    private const string KeepEverything = "save \"\"\nappendonly yes\nappendfsync always\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_pushed_as_NEMO_does_is_at_the_broker_and_NEMO_is_told_that_the_bridge_works()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var record = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        await using var agent = await StartBridgeAsync(redis);

        const string Event = """{"topic":"nemo/tools/12/enabled","payload":"{\"event\":\"tool_enabled\",\"tool_id\":12}","qos":1,"retain":false,"timestamp":1772187300.5}""";
        Assert.Equal("1", (await CommandAsync(redis, "LPUSH", EventList, Event)).Trim());

        await record.WaitForAsync("the event is at the broker", messages => messages.Count == 1);
        Assert.Equal(new RecordedMessage("nemo/tools/12/enabled", """{"event":"tool_enabled","tool_id":12}""", 1, false), record.Messages[0]);
        await Eventually.ThatAsync("the status says connected", async () => (await CommandAsync(redis, "GET", "nemo_mqtt_bridge_status")).Trim() == "connected");
        await Eventually.ThatAsync("it is counted", async () =>
        {
            var state = await StateAsync(agent);
            return (int)state["accepted"]! == 1 && (int)state["queued"]! == 0 && (int)state["published"]! == 1;
        });

        await Broker.StopAsync();
        await Eventually.ThatAsync("the status says disconnected", async () => (await CommandAsync(redis, "GET", "NEMO_mqtt_bridge_status")).Trim() == "disconnected");
        await Broker.StartAgainAsync();
        await Eventually.ThatAsync("the status says connected", async () => (await CommandAsync(redis, "GET", "NEMO_mqtt_bridge_status")).Trim() == "connected");
    }

    [Fact]
    public async Task Whatever_is_killed_every_event_reaches_the_broker_in_order()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel, KeepEverything);
        await using var record = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        await using var producer = await Producer.ConnectAsync(redis);
        var agent = await StartBridgeAsync(redis);
        try
        {
            for (var round = 0; round < 2; round++)
            {
                await DuringTrafficAsync(async () =>
                {
                    agent.Signal(Signals.Kill9);
                    await agent.WaitForExitAsync();
                    await agent.DisposeAsync();
                    agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
                });
                await DuringTrafficAsync(async () =>
                {
                    await redis.KillAsync();
                    await redis.StartAgainAsync(Cancel);
                });
                await DuringTrafficAsync(async () =>
                {
                    await Broker.StopAsync();
                    await Broker.StartAgainAsync();
                });
                await DuringTrafficAsync(async () => Assert.Equal(0, Signals.Kill((int)(await agent.StateAsync("plant"))["workerPid"]!, Signals.Kill9)));
            }

            await record.WaitForNumbersAsync(Topic, 1, producer.Last);
        }
        finally
        {
            await agent.DisposeAsync();
        }

        // Events come before, while and after something ends and comes back.
        async Task DuringTrafficAsync(Func<Task> fault)
        {
            using var enough = new CancellationTokenSource();
            var seen = record.Read(Topic, numbers => numbers.Count);
            var pushing = producer.PushUntilAsync(enough.Token);
            await Eventually.ThatAsync("events pass", () => record.Read(Topic, numbers => numbers.Count) >= seen + 50);
            await fault();
            await enough.CancelAsync();
            await pushing;
            await record.WaitForNumbersAsync(Topic, 1, producer.Last);
        }
    }

    [Fact]
    public async Task Of_two_brokers_one_that_is_away_holds_back_only_its_own_copies()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var other = await BrokerProcess.StartAsync();
        await using var here = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        await using var there = await SubscriberRecord.StartAsync(other, "nemo/#");
        await using var producer = await Producer.ConnectAsync(redis);
        await using var agent = await StartBridgeAsync(redis, new { connection = new[] { "plant", "elsewhere" } });
        await agent.AddConnectionAsync("elsewhere", other.Port);
        await producer.PushAsync(20);
        await there.WaitForNumbersAsync(Topic, 1, 20);

        await other.StopAsync();
        await producer.PushAsync(100);
        await here.WaitForNumbersAsync(Topic, 1, 120);
        await Eventually.ThatAsync("the others wait in their queue", async () => (long)(await StateAsync(agent))["queued"]! == 100);
        await other.StartAgainAsync();

        await there.WaitForNumbersAsync(Topic, 1, 120);
    }

    [Fact]
    public async Task An_agent_that_was_paused_past_its_lease_and_wakes_up_loses_no_event()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var record = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        await using var producer = await Producer.ConnectAsync(redis);
        await using var paused = await StartBridgeAsync(redis);
        await producer.PushAsync(50);
        await record.WaitForNumbersAsync(Topic, 1, 50);
        await using var second = await AgentProcess.StartAsync(NewFolder("second"), "--standalone");
        await BridgeAsync(second, redis);
        await Eventually.ThatAsync("it says who works the list", async () => ((string)(await StateAsync(second))["reason"]!).Contains($"is worked by process {paused.ProcessId} on ", StringComparison.Ordinal));

        paused.Signal(Signals.Stop);
        await producer.PushAsync(50);
        await record.WaitForNumbersAsync(Topic, 1, 100);
        Assert.Equal("connected", (string?)(await StateAsync(second))["status"]);
        paused.Signal(Signals.Continue);
        await Eventually.ThatAsync("the first one says who works the list", async () => ((string)(await StateAsync(paused))["reason"]!).Contains($"is worked by process {second.ProcessId} on ", StringComparison.Ordinal));
        await producer.PushAsync(50);

        await record.WaitForNumbersAsync(Topic, 1, 150);
    }

    [Fact]
    public async Task Events_are_signed_where_the_connection_has_a_secret()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var record = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        await using var producer = await Producer.ConnectAsync(redis);
        await using var agent = await StartBridgeAsync(redis);
        await agent.AddConnectionAsync("plant", Broker.Port, new { signingSecret = "sesame" });

        await producer.PushAsync(1);

        await record.WaitForAsync("the event is at the broker", messages => messages.Count == 1);
        var envelope = JsonNode.Parse(record.Messages[0].Payload)!;
        var hmac = Convert.ToHexStringLower(HMACSHA256.HashData("sesame"u8, Encoding.UTF8.GetBytes((string)envelope["payload"]!)));
        Assert.Equal((Producer.PayloadOf(1), hmac, "sha256"), ((string?)envelope["payload"], (string?)envelope["hmac"], (string?)envelope["algo"]));
    }

    private async Task<AgentProcess> StartBridgeAsync(RedisProcess redis, object? source = null)
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(() => BridgeAsync(agent, redis, source));
    }

    private async Task BridgeAsync(AgentProcess agent, RedisProcess redis, object? source = null)
    {
        await agent.AddConnectionAsync("plant", Broker.Port);
        await agent.WaitForStatusAsync("plant", "connected");
        var body = System.Text.Json.JsonSerializer.SerializeToNode(source ?? new { connection = "plant" })!;
        body["port"] = redis.Port;
        using var answer = await agent.Http.PutAsJsonAsync("/api/event-sources/nemo", body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<JsonNode> StateAsync(AgentProcess agent) => (await agent.GetAsync("/api/event-sources/nemo"))["state"]!;

    private static async Task<string> CommandAsync(RedisProcess redis, params string[] arguments)
    {
        await using var command = CommandProcess.Start("redis-cli", ["-p", $"{redis.Port}", "-n", "1", .. arguments]);
        Assert.Equal(0, await command.WaitForExitAsync());
        return command.Output;
    }

    /// <summary>Pushes numbered events as NEMO's plugin does, one by one; a number whose push failed is pushed again.</summary>
    private sealed class Producer : IAsyncDisposable
    {
        private readonly ConnectionMultiplexer _redis;

        private Producer(ConnectionMultiplexer redis) => _redis = redis;

        public long Last { get; private set; }

        public static async Task<Producer> ConnectAsync(RedisProcess redis) => new(await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", redis.Port } },
            AbortOnConnectFail = false,
            ReconnectRetryPolicy = new LinearRetry(50),
        }));

        public static string PayloadOf(long number) => $$"""{"event":"tool_saved","value":{{number}}}""";

        public async Task PushAsync(int count)
        {
            for (var i = 0; i < count; i++) await PushNextAsync();
        }

        public async Task PushUntilAsync(CancellationToken enough)
        {
            while (!enough.IsCancellationRequested) await PushNextAsync();
        }

        public ValueTask DisposeAsync() => _redis.DisposeAsync();

        private async Task PushNextAsync()
        {
            var number = Last + 1;
            var entry = $$"""{"topic":"{{Topic}}","payload":{{JsonValue.Create(PayloadOf(number)).ToJsonString()}},"qos":1,"retain":false,"timestamp":{{number}}}""";
            while (true)
            {
                try
                {
                    await _redis.GetDatabase(1).ListLeftPushAsync(EventList, entry);
                    Last = number;
                    return;
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    await Task.Delay(20, Cancel); // Redis is away.
                }
            }
        }
    }
}
