using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// Bridged samples a second from their sources through the durable queue and the worker to mosquitto_sub, as a ratio to <c>mosquitto_pub -l -q 1</c> to the same broker and subscriber; how many a second are accepted while the
/// broker is away; and the time from a source's frame to a subscriber at a thousand a second.
/// </summary>
/// <param name="divisor">By what numbers of messages are divided.</param>
internal sealed class BridgePathBenchmark(string executable, int rounds, int divisor = 1)
{
    private const int Sources = 4;
    private const int PacedPerSecond = 1_000;
    private const string Connection = "plant";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // mosquitto_pub takes the acknowledgement of the first message for that of one 65,535 later, and then ends before its time.
    private readonly int _yardstickCount = 64_000 / divisor;
    private readonly int _count = Sources * (40_000 / divisor);
    private readonly int _pacedCount = 25_000 / divisor;
    private readonly int _warmUp = 5_000 / divisor;
    private string _folder = "";
    private int _port;
    private int _sourcePort;
    private int _bridges;

    /// <summary>Prints the figures.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var figures = await MeasureAsync(cancellationToken);
        Console.WriteLine("| what | messages/s | / mosquitto_pub |");
        Console.WriteLine("|---|---|---|");
        Print("mosquitto_pub -l -q 1 to mosquitto_sub", figures.Yardstick);
        Print($"{Sources} sources to mosquitto_sub", figures.Published);
        Print("accepted while the broker is away", figures.Accepted);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nFrom a source's frame to a subscriber of mosquitto at {PacedPerSecond:N0}/s: median {figures.Median:F2} ms, p99 {figures.High:F2} ms, longest {figures.Longest:F1} ms"));

        void Print(string what, double perSecond) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {perSecond:N0} | {perSecond / figures.Yardstick:F2} |"));
    }

    public async Task<BridgeFigures> MeasureAsync(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        _folder = folder.Path;
        _port = Servers.ChoosePort();
        BridgeFigures figures;
        await using (Servers.StartMosquitto(folder.Path, _port))
        await using (var source = ChildProcess.Start(ChildProcess.Self("bridge-source")))
        await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken))
        {
            _sourcePort = int.Parse(await source.ReadAsync("listening", cancellationToken), CultureInfo.InvariantCulture);
            await ConnectAsync(agent, _port, cancellationToken);
            await agent.ExpectConnectedAsync(cancellationToken, Connection);
            var (published, accepted, yardstick) = (new List<double>(), new List<double>(), new List<double>());
            await PublishAsync(agent, cancellationToken); // warms up
            for (var round = 0; round < rounds; round++)
            {
                yardstick.Add(await ByMosquittoAsync(cancellationToken));
                published.Add(await PublishAsync(agent, cancellationToken));
                accepted.Add(await AcceptAsync(agent, cancellationToken));
            }

            var times = await LatencyAsync(agent, cancellationToken);
            figures = new BridgeFigures(yardstick.Median(), published.Median(), accepted.Median(), times.Percentile(0.5), times.Percentile(0.99), times[^1]);
            await agent.StopAsync(cancellationToken);
        }
        return figures;
    }

    private static Task ConnectAsync(PackagedAgent agent, int port, CancellationToken cancellationToken) => agent.PutAsync(
        $"api/connections/{Connection}", new { host = "127.0.0.1", port, producer = true, producerTopic = "plotune", producerQos = 1, topics = Array.Empty<object>() }, cancellationToken);

    private async Task<double> PublishAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        await using var subscriber = await SubscribeAsync(_count, cancellationToken);
        return _count / await BridgeAsync(agent, $"burst-{_count / Sources}", Sources, subscriber.EndAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Nothing listens at the port of the connection meanwhile.</summary>
    private async Task<double> AcceptAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        await ConnectAsync(agent, Servers.ChoosePort(), cancellationToken);
        var seconds = await BridgeAsync(agent, $"burst-{_count / Sources}", Sources, agent.WaitForQueuedAsync(Connection, _count, cancellationToken).WaitAsync(Patience, cancellationToken), cancellationToken);
        await using var subscriber = await SubscribeAsync(_count, cancellationToken);
        await ConnectAsync(agent, _port, cancellationToken);
        await subscriber.EndAsync(cancellationToken);
        return _count / seconds;
    }

    /// <returns>In milliseconds, sorted.</returns>
    private async Task<double[]> LatencyAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        var arrivals = new Arrivals("value");
        var options = new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", _port), ClientId = "bench" };
        await using var subscriber = new BrokerConnection(options, [new TopicSubscription("plotune/#", QualityOfService.AtLeastOnce)], arrivals, arrivals, NullLogger.Instance);
        subscriber.Start();
        await arrivals.Connected.WaitAsync(Patience, cancellationToken);
        var arriving = arrivals.Begin(_pacedCount);
        await BridgeAsync(agent, $"paced-{_pacedCount}-{PacedPerSecond}", 1, arriving.WaitAsync(Patience, cancellationToken), cancellationToken);
        var times = (await arriving)[_warmUp..];
        Array.Sort(times);
        return times;
    }

    private Task<MosquittoSubscriber> SubscribeAsync(int count, CancellationToken cancellationToken) => MosquittoSubscriber.StartAsync(_port, _folder, count, 1, "%t", cancellationToken);

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
        for (var i = 0; i < _yardstickCount; i++)
            lines.Append(CultureInfo.InvariantCulture, $$"""{"value":{{Stopwatch.GetTimestamp()}},"timestamp":{{UnixTime.Now:F6}}}""").Append('\n');
        var text = Encoding.UTF8.GetBytes(lines.ToString());
        await using var subscriber = await SubscribeAsync(_yardstickCount, cancellationToken);
        string[] arguments = ["-h", "127.0.0.1", "-p", $"{_port}", "-t", "plotune/line", "-q", "1", "-l"];
        using var process = Process.Start(new ProcessStartInfo("mosquitto_pub", arguments) { RedirectStandardInput = true })!;
        var watch = Stopwatch.StartNew();
        await process.StandardInput.BaseStream.WriteAsync(text, cancellationToken);
        process.StandardInput.Close();
        await subscriber.EndAsync(cancellationToken);
        return _yardstickCount / watch.Elapsed.TotalSeconds;
    }
}
