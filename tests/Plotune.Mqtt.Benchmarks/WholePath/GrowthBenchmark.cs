using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using Plotune.Mqtt.Benchmarks.Load;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What viewers, topics and connections cost in processor time and memory. Fails if a viewer misses a sample.</summary>
internal sealed class GrowthBenchmark(string executable)
{
    private const int Seconds = 8;
    private const int Connections = 50;

    /// <summary>With the one that comes last, as many as a connection may have.</summary>
    private const int ManyTopics = 99_999;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("| what | measured |");
        Console.WriteLine("|---|---|");
        await ViewersAsync(signals: 100, perSecond: 1000, each: 1, cancellationToken);
        await ViewersAsync(signals: 1, perSecond: 50_000, each: 1, cancellationToken);
        await ViewersAsync(signals: 1, perSecond: 100, each: 999, cancellationToken);
        await TopicsAsync(cancellationToken);
        await ConnectionsAsync(cancellationToken);
        await IdleAsync(cancellationToken);
        await HistoriesAsync(cancellationToken);
    }

    private static void Print(string what, FormattableString measured) => Console.WriteLine($"| {what} | {measured.ToString(CultureInfo.InvariantCulture)} |");

    private static ChildProcess Load(LoadSettings load) => ChildProcess.Start(ChildProcess.Self(["load", .. load.ToArguments()]));

    private static async Task<int> PortOfAsync(ChildProcess load, CancellationToken cancellationToken) =>
        int.Parse(await load.ReadAsync("listening", cancellationToken), CultureInfo.InvariantCulture);

    private static double Total(PackagedAgent agent) => agent.Processes.Sum(use => use.ProcessorSeconds);

    private async Task ViewersAsync(int signals, int perSecond, int each, CancellationToken cancellationToken)
    {
        var settings = new LoadSettings((long)signals * perSecond * Seconds, PayloadKind.Small, 0, signals, signals * perSecond);
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        var counting = new List<Task<long>>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (var viewer = 0; viewer < signals * each; viewer++)
            counting.Add(CountAsync(await agent.ViewAsync($"plotune_bench_t{viewer % signals:D4}", cancellationToken), over.Token));
        await using var load = Load(settings);
        await agent.ConnectAsync(await PortOfAsync(load, cancellationToken), 0, cancellationToken);
        await load.ReadAsync("first", cancellationToken);
        var (used, begin) = (agent.ProcessorTime, Stopwatch.GetTimestamp());
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        var share = (agent.ProcessorTime - used) / Stopwatch.GetElapsedTime(begin);
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken); // what is under way to the viewers
        await over.CancelAsync();
        var least = (await Task.WhenAll(counting)).Min();
        var expected = (settings.WarmUp + settings.Count) / signals;
        if (least < expected) throw new InvalidOperationException($"A viewer got {least} samples of {expected}.");
        Print($"{signals * each} viewers, {signals} signals of {perSecond:N0}/s", $"{share * 100:F0} % of a core for the agent, no loss");
        await agent.StopAsync(cancellationToken);
    }

    /// <returns>Samples, each a message.</returns>
    private static async Task<long> CountAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        using (socket)
        {
            var buffer = new byte[1024];
            for (long count = 0; ; count++)
            {
                try
                {
                    await socket.ReceiveAsync(buffer, cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return count;
                }
            }
        }
    }

    private async Task TopicsAsync(CancellationToken cancellationToken)
    {
        var few = await CostAsync(new LoadSettings(4_000_000, PayloadKind.Small, 0), cancellationToken);
        var many = await CostAsync(new LoadSettings(4_000_000, PayloadKind.Small, 0, Topics: ManyTopics), cancellationToken);
        Print("a message among 100,000 topics", $"{many:F2} us over all processes, {many / few:F2} times as much as among 100");
    }

    /// <returns>Microseconds a message, over all processes.</returns>
    private async Task<double> CostAsync(LoadSettings settings, CancellationToken cancellationToken)
    {
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        await using var load = Load(settings);
        await agent.ConnectAsync(await PortOfAsync(load, cancellationToken), 0, cancellationToken);
        await load.ReadAsync("first", cancellationToken);
        var before = Total(agent);
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        var cost = (Total(agent) - before) / settings.Count * 1e6;
        await agent.StopAsync(cancellationToken);
        return cost;
    }

    private async Task ConnectionsAsync(CancellationToken cancellationToken)
    {
        var one = await SteadyAsync(1, 100_000, cancellationToken);
        var many = await SteadyAsync(Connections, 100_000 / Connections, cancellationToken);
        Print($"100,000 messages a second over one connection; over {Connections}", $"{one:F1} us a message over all processes; {many:F1} us");
    }

    /// <returns>Microseconds a message, over all processes.</returns>
    private async Task<double> SteadyAsync(int connections, int perSecond, CancellationToken cancellationToken)
    {
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        var loads = new List<ChildProcess>();
        try
        {
            for (var number = 0; number < connections; number++)
            {
                loads.Add(Load(new LoadSettings(perSecond * 600L, PayloadKind.Small, 0, Rate: perSecond)));
                await agent.ConnectAsync(await PortOfAsync(loads[^1], cancellationToken), 0, cancellationToken, $"load{number}");
            }

            await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
            var (used, before) = (Total(agent), await ReceivedAsync(agent, connections, cancellationToken));
            await Task.Delay(TimeSpan.FromSeconds(Seconds), cancellationToken);
            var (usedThen, after) = (Total(agent), await ReceivedAsync(agent, connections, cancellationToken));
            await agent.StopAsync(cancellationToken);
            return (usedThen - used) / (after - before) * 1e6;
        }
        finally
        {
            foreach (var load in loads) await load.DisposeAsync();
        }
    }

    private static async Task<long> ReceivedAsync(PackagedAgent agent, int connections, CancellationToken cancellationToken)
    {
        long received = 0;
        for (var number = 0; number < connections; number++) received += await agent.GetReceivedAsync($"load{number}", cancellationToken);
        return received;
    }

    private async Task IdleAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("plotune-bench-").FullName;
        var port = Servers.ChoosePort();
        await using (Servers.StartMosquitto(folder, port))
        await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken))
        {
            for (var number = 0; number < Connections; number++)
            {
                await agent.ConnectAsync(port, 0, cancellationToken, $"idle{number}");
                if (number is 0 or 9 or Connections - 1) await ShowIdleAsync(agent, number + 1, cancellationToken);
            }

            await agent.StopAsync(cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task ShowIdleAsync(PackagedAgent agent, int connections, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var (used, begin) = (Total(agent), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(Seconds), cancellationToken);
        var share = (Total(agent) - used) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var processes = agent.Processes;
        Print($"{connections} idle connections", $"{share * 100:F2} % of a core, {processes.Sum(use => use.Mebibytes):F0} MiB, of which a worker {processes.Skip(1).Max(use => use.Mebibytes):F1}");
    }

    private async Task HistoriesAsync(CancellationToken cancellationToken)
    {
        const int history = 240;
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        await using var load = Load(new LoadSettings(history * (long)ManyTopics, PayloadKind.Small, 0, Topics: ManyTopics));
        await agent.ConnectAsync(await PortOfAsync(load, cancellationToken), 0, cancellationToken);
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var processes = agent.Processes;
        Print($"100,000 signals with {history} samples each", $"{processes[0].Mebibytes:F0} MiB for the agent, {processes[1].Mebibytes:F0} for the worker");
        await agent.StopAsync(cancellationToken);
    }
}
