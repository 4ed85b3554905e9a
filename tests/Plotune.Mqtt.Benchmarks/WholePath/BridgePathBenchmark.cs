using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// Bridged samples a second from their sources through the durable queue and the worker to mosquitto_sub, as a ratio to <c>mosquitto_pub -l -q 1</c> to the same broker and subscriber; how many a second are accepted while the
/// broker is away; and the time from a source's frame to a subscriber at a thousand a second.
/// </summary>
internal sealed class BridgePathBenchmark(string executable, int rounds)
{
    private const int Sources = 4;

    // mosquitto_pub takes the acknowledgement of the first message for that of one 65,535 later, and then ends before its time.
    private const int PerSource = 16_000;
    private const int Count = Sources * PerSource;
    private const int PacedPerSecond = 1_000;
    private const int PacedCount = 30_000;
    private const int WarmUp = 5_000;
    private const string Connection = "plant";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<double> _published = [];
    private readonly List<double> _accepted = [];
    private readonly List<double> _yardstick = [];
    private int _port;
    private int _sourcePort;
    private int _bridges;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("plotune-bench-").FullName;
        _port = Servers.ChoosePort();
        await using var mosquitto = Servers.StartMosquitto(folder, _port);
        await using var source = ChildProcess.Start(ChildProcess.Self("bridge-source"));
        _sourcePort = int.Parse(await source.ReadAsync("listening", cancellationToken), CultureInfo.InvariantCulture);
        var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        await using (agent)
        {
            await ConnectAsync(agent, _port, cancellationToken);
            await BridgeAsync(agent, $"burst-{PerSource}", Sources, ToSubscriberAsync(Count, cancellationToken), cancellationToken);
            for (var round = 0; round < rounds; round++)
            {
                _yardstick.Add(await ByMosquittoAsync(cancellationToken));
                _published.Add(await PublishAsync(agent, cancellationToken));
                _accepted.Add(await AcceptAsync(agent, cancellationToken));
            }

            Console.WriteLine("| what | messages/s | / mosquitto_pub |");
            Console.WriteLine("|---|---|---|");
            Print("mosquitto_pub -l -q 1 to mosquitto_sub", _yardstick);
            Print($"{Sources} sources to mosquitto_sub", _published);
            Print("accepted while the broker is away", _accepted);
            await LatencyAsync(agent, cancellationToken);
            await agent.StopAsync(cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Task ConnectAsync(PackagedAgent agent, int port, CancellationToken cancellationToken) => agent.PutAsync(
        $"api/connections/{Connection}", new { host = "127.0.0.1", port, producer = true, producerTopic = "plotune", producerQos = 1, topics = Array.Empty<object>() }, cancellationToken);

    private async Task<double> PublishAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        var arriving = ToSubscriberAsync(Count, cancellationToken);
        return Count / await BridgeAsync(agent, $"burst-{PerSource}", Sources, arriving, cancellationToken);
    }

    /// <summary>Nothing listens at the port of the connection meanwhile.</summary>
    private async Task<double> AcceptAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        await ConnectAsync(agent, Servers.ChoosePort(), cancellationToken);
        var seconds = await BridgeAsync(agent, $"burst-{PerSource}", Sources, agent.WaitForQueuedAsync(Connection, Count, cancellationToken).WaitAsync(Patience, cancellationToken), cancellationToken);
        var arriving = ToSubscriberAsync(Count, cancellationToken);
        await ConnectAsync(agent, _port, cancellationToken);
        await arriving;
        return Count / seconds;
    }

    private async Task LatencyAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        var arrivals = new Arrivals("value");
        var options = new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", _port), ClientId = "bench" };
        await using var subscriber = new BrokerConnection(options, [new TopicSubscription("plotune/#", QualityOfService.AtLeastOnce)], arrivals, arrivals, NullLogger.Instance);
        subscriber.Start();
        await arrivals.Connected.WaitAsync(Patience, cancellationToken);
        var arriving = arrivals.Begin(PacedCount);
        await BridgeAsync(agent, $"paced-{PacedCount}-{PacedPerSecond}", 1, arriving.WaitAsync(Patience, cancellationToken), cancellationToken);
        var times = (await arriving)[WarmUp..];
        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nFrom a source's frame to a subscriber of mosquitto at {PacedPerSecond:N0}/s: median {times[times.Length / 2]:F2} ms, p99 {times[times.Length * 99 / 100]:F2} ms, longest {times[^1]:F1} ms"));
    }

    /// <summary>Bridges variables until <paramref name="done"/>.</summary>
    /// <returns>Seconds from the first request until then.</returns>
    private async Task<double> BridgeAsync(PackagedAgent agent, string kind, int count, Task done, CancellationToken cancellationToken)
    {
        // A name of its own each time: what the queue knows of a variable must not matter.
        string[] names = [.. Enumerable.Range(0, count).Select(_ => kind.Count('-') == 1 ? $"{kind}-{_bridges++}" : kind)];
        var watch = Stopwatch.StartNew();
        foreach (var name in names)
            await agent.PostAsync($"bridge/{name}", new { name, source_ip = "127.0.0.1", source_port = _sourcePort }, cancellationToken);
        await done;
        var seconds = watch.Elapsed.TotalSeconds;
        foreach (var name in names)
            await agent.PostAsync($"unbridge/{name}", new { name, source_ip = "127.0.0.1", source_port = _sourcePort }, cancellationToken);
        return seconds;
    }

    private async Task<double> ByMosquittoAsync(CancellationToken cancellationToken)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < Count; i++)
            lines.Append(CultureInfo.InvariantCulture, $$"""{"value":{{Stopwatch.GetTimestamp()}},"timestamp":{{UnixTime.Now:F6}}}""").Append('\n');
        var text = Encoding.UTF8.GetBytes(lines.ToString());
        var arriving = ToSubscriberAsync(Count, cancellationToken);
        string[] arguments = ["-h", "127.0.0.1", "-p", $"{_port}", "-t", "plotune/line", "-q", "1", "-l"];
        using var process = Process.Start(new ProcessStartInfo("mosquitto_pub", arguments) { RedirectStandardInput = true })!;
        var watch = Stopwatch.StartNew();
        await process.StandardInput.BaseStream.WriteAsync(text, cancellationToken);
        process.StandardInput.Close();
        await arriving;
        return Count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Starts mosquitto_sub and completes once it has got so many messages; it is given a moment to subscribe.</summary>
    private Task ToSubscriberAsync(int count, CancellationToken cancellationToken)
    {
        string[] arguments = ["-h", "127.0.0.1", "-p", $"{_port}", "-t", "plotune/#", "-t", "$SYS/broker/version", "-F", "%t", "-q", "1", "-C", $"{count + 1}"];
        var process = Process.Start(new ProcessStartInfo("mosquitto_sub", arguments) { RedirectStandardOutput = true })!;
        // The retained version comes once the subscription stands.
        var first = process.StandardOutput.ReadLine();
        return first is null ? throw new InvalidOperationException("mosquitto_sub ended at once.") : DrainAsync();

        async Task DrainAsync()
        {
            using (process)
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                patience.CancelAfter(Patience);
                try
                {
                    await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, patience.Token);
                    await process.WaitForExitAsync(patience.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw new InvalidOperationException($"mosquitto_sub has not got {count} messages within {Patience}.");
                }
                finally
                {
                    process.Kill();
                }
            }
        }
    }

    private void Print(string what, List<double> values) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"| {what} | {Median(values):N0} | {Median(values) / Median(_yardstick):F2} |"));

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
