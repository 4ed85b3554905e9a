using System.Globalization;
using System.Net.WebSockets;
using Plotune.Mqtt.Benchmarks.Load;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// Messages a second through the whole path (socket, worker, pipe, agent, histories, ten viewers) as a ratio to <see cref="BareReceiver"/> and to
/// <see cref="PlainMqttNet"/>, in turn, in the same run. The clock starts after a warm-up, so that neither the discovery of signals nor a just-in-time compiler counts.
/// </summary>
internal sealed class WholePathBenchmark(string executable, int rounds)
{
    private const int Viewers = 10;

    // MQTTnet as documented is so much slower that a tenth of the messages takes as long.
    private const int PlainDivisor = 10;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly (PayloadKind Payload, int Qos, long Count)[] Loads =
        [(PayloadKind.Small, 0, 10_000_000), (PayloadKind.Nested, 0, 2_000_000), (PayloadKind.Small, 1, 3_000_000)];

    /// <summary>Prints one row per load; the medians of all rounds count.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("| load | bare socket, msg/s | whole path / bare socket | whole path / plain MQTTnet |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (payload, qos, count) in Loads)
        {
            var bare = new List<double>();
            var plain = new List<double>();
            var whole = new List<double>();
            var load = new LoadSettings(count, payload, qos);
            for (var round = 0; round < rounds; round++)
            {
                bare.Add(await MeasureAsync(load, (port, stop) => ReceiveAsync("bare", port, qos, stop), cancellationToken));
                plain.Add(await MeasureAsync(load with { Count = count / PlainDivisor }, (port, stop) => ReceiveAsync("plain", port, qos, stop), cancellationToken));
                whole.Add(await MeasureAsync(load, (port, stop) => ReceiveByAgentAsync(load, port, stop), cancellationToken));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {payload}, QoS {qos} | {Median(bare):N0} | {Median(whole) / Median(bare):F2} | {Median(whole) / Median(plain):F1} |"));
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    /// <returns>Messages a second.</returns>
    /// <param name="receive">Gets the port of the load; returns when its last message was through.</param>
    private static async Task<double> MeasureAsync(LoadSettings load, Func<int, CancellationToken, Task<double>> receive, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Deadline);
        await using var source = ChildProcess.Start(ChildProcess.Self(["load", .. load.ToArguments()]));
        var receiving = receive(int.Parse(await source.ReadAsync("listening", stop.Token), CultureInfo.InvariantCulture), stop.Token);
        try
        {
            var first = source.ReadAsync("first", stop.Token);
            // Whichever ends first: should it have failed, the other would not end.
            await await Task.WhenAny(first, receiving);
            return load.Count / (await receiving - double.Parse(await first, CultureInfo.InvariantCulture));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{load} took longer than {Deadline.TotalMinutes} minutes.", exception);
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<double> ReceiveAsync(string role, int port, int qos, CancellationToken cancellationToken)
    {
        await using var receiver = ChildProcess.Start(ChildProcess.Self(role, $"{port}", $"{qos}"));
        return double.Parse(await receiver.ReadAsync("end", cancellationToken), CultureInfo.InvariantCulture);
    }

    private async Task<double> ReceiveByAgentAsync(LoadSettings load, int port, CancellationToken cancellationToken)
    {
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        var viewers = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(viewer => agent.ViewAsync($"plotune_bench_t{viewer:D4}{load.SignalSuffix}", cancellationToken)));
        var viewing = viewers.Select(viewer => ReadToCloseAsync(viewer, cancellationToken)).ToArray();
        await agent.ConnectAsync(port, load.Qos, cancellationToken);
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        var end = UnixTime.Now;
        await agent.ExpectReceivedAsync(load.Messages, cancellationToken);
        await agent.StopAsync(cancellationToken);
        await Task.WhenAll(viewing);
        return end;
    }

    private static async Task ReadToCloseAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        using (socket)
        {
            var buffer = new byte[64 << 10];
            while ((await socket.ReceiveAsync(buffer, cancellationToken)).MessageType != WebSocketMessageType.Close)
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }
}
