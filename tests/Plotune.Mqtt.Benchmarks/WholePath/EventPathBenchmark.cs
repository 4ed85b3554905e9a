using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// The time from the push of an event into Redis to its arrival at a subscriber of mosquitto, beside that of the same message published straight to mosquitto; and what an idle event source costs Redis.
/// </summary>
internal sealed class EventPathBenchmark(string executable, int seconds)
{
    private const int PerSecond = 100;
    private const string Topic = "nemo/tools/12";

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Padding = new('x', 200);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var (redisPort, brokerPort) = (Servers.ChoosePort(), Servers.ChoosePort());
        await using var server = Servers.StartRedis(folder.Path, redisPort);
        await using var mosquitto = Servers.StartMosquitto(folder.Path, brokerPort);
        var arrivals = new Arrivals("at");
        await using var subscriber = new BrokerConnection(
            new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", brokerPort), ClientId = "bench" }, [new TopicSubscription("nemo/#", QualityOfService.AtLeastOnce)], arrivals, arrivals, NullLogger.Instance);
        subscriber.Start();
        await arrivals.Connected.WaitAsync(Patience, cancellationToken);
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        await agent.PutAsync("api/connections/lab", new { host = "127.0.0.1", port = brokerPort, producer = true, topics = Array.Empty<object>() }, cancellationToken);
        await agent.PutAsync("api/event-sources/nemo", new { port = redisPort, connection = "lab" }, cancellationToken);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { { "127.0.0.1", redisPort } }, AllowAdmin = true });
        var database = redis.GetDatabase(1);

        Task Push(string payload) => database.ListLeftPushAsync("nemo_mqtt_events", $$"""{"topic":"{{Topic}}","payload":{{JsonValue.Create(payload).ToJsonString()}},"qos":1,"retain":false}""");
        Task Publish(string payload)
        {
            subscriber.Publish(new OutboundPublish(Topic, Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce), Ignored.Instance, 0);
            return Task.CompletedTask;
        }

        // The first two seconds warm up.
        await MeasureAsync(arrivals, Push, 2, cancellationToken);
        var straight = await MeasureAsync(arrivals, Publish, seconds, cancellationToken);
        var events = await MeasureAsync(arrivals, Push, seconds, cancellationToken);
        Console.WriteLine("| way | messages | median ms | p99 ms | longest ms |");
        Console.WriteLine("|---|---|---|---|---|");
        Print("published straight", straight);
        Print("event by Redis and agent", events);
        var before = await CommandsAsync(redis);
        await Task.Delay(Idle, cancellationToken);
        var idle = (await CommandsAsync(redis) - before - 1) / Idle.TotalSeconds; // The question is a command itself.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nIdle: {idle:F1} commands/s to Redis"));
        await agent.StopAsync(cancellationToken);
    }

    /// <summary>In milliseconds, sorted.</summary>
    private static async Task<double[]> MeasureAsync(Arrivals arrivals, Func<string, Task> send, int duration, CancellationToken cancellationToken)
    {
        var count = PerSecond * duration;
        var arrived = arrivals.Begin(count);
#pragma warning disable CA5394 // The same gaps in every run.
        var random = new Random(1);
        var next = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            next += (long)(-Math.Log(1 - random.NextDouble()) / PerSecond * Stopwatch.Frequency);
#pragma warning restore CA5394
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
            if (early > TimeSpan.Zero) await Task.Delay(early, cancellationToken);
            await send($$"""{"event":"tool_saved","at":{{Stopwatch.GetTimestamp()}},"padding":"{{Padding}}"}""");
        }

        var times = await arrived.WaitAsync(Patience, cancellationToken);
        Array.Sort(times);
        return times;
    }

    private static void Print(string way, double[] times) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"| {way} | {times.Length:N0} | {times[times.Length / 2]:F1} | {times[times.Length * 99 / 100]:F1} | {times[^1]:F1} |"));

    private static async Task<long> CommandsAsync(ConnectionMultiplexer redis)
    {
        var stats = (await redis.GetServers()[0].InfoAsync("stats")).Single();
        return long.Parse(stats.Single(entry => entry.Key == "total_commands_processed").Value, CultureInfo.InvariantCulture);
    }

    private sealed class Ignored : IPublishCompletion
    {
        public static readonly Ignored Instance = new();

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            // What has arrived is counted where it arrives.
        }
    }
}
