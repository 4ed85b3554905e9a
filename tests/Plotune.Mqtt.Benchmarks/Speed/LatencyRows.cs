using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>How much later than at mosquitto_sub a message is at its viewer, both behind the same mosquitto in the same run. Throws if a viewer misses a sample.</summary>
internal sealed class LatencyRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int PerSecond = 20_000;
    private const int Topics = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rounds = new List<(double Median, double High)>();
        for (var round = 0; round < scale.Rounds; round++) rounds.Add(await MeasureRoundAsync(cancellationToken));
        yield return SpeedRow.AtMost($"{PerSecond:N0} messages a second through mosquitto: at a viewer later than at mosquitto_sub, median", 0.5, rounds.Select(round => round.Median).Median(), "0.00 ms");
        yield return SpeedRow.AtMost("the same, 99th percentile", 3, rounds.Select(round => round.High).Median(), "0.00 ms");
    }

    private async Task<(double Median, double High)> MeasureRoundAsync(CancellationToken cancellationToken)
    {
        var each = PerSecond * scale.Seconds / Topics;
        var folder = Directory.CreateTempSubdirectory("plotune-bench-").FullName;
        var port = Servers.ChoosePort();
        (double Median, double High) result;
        await using (Servers.StartMosquitto(folder, port))
        await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken))
        {
            await agent.ConnectAsync(port, 0, cancellationToken);
            await agent.ExpectConnectedAsync(cancellationToken);
            var viewing = new List<Task<double[]>>();
            for (var topic = 0; topic < Topics; topic++)
                viewing.Add(ViewAsync(await agent.ViewAsync($"plotune_bench_t{topic:D4}", cancellationToken), each, cancellationToken));
            await using var subscriber = await MosquittoSubscriber.StartAsync(port, folder, each * Topics, 0, "%U %p", cancellationToken);
            await using var publisher = ChildProcess.Start(ChildProcess.Self("publish", $"{port}", $"{PerSecond}", $"{Topics}", $"{each * Topics}"));
            var times = await Task.WhenAll(viewing).WaitAsync(TimeSpan.FromSeconds(scale.Seconds) + Patience, cancellationToken);
            double[] atViewers = [.. times.SelectMany(viewer => viewer).Order()];
            double[] atSubscriber = [.. (await subscriber.EndAsync(cancellationToken)).Select(LatencyOf).Order()];
            result = (atViewers.Percentile(0.5) - atSubscriber.Percentile(0.5), atViewers.Percentile(0.99) - atSubscriber.Percentile(0.99));
            await agent.StopAsync(cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
        return result;
    }

    /// <returns>Milliseconds from sending to here.</returns>
    private static async Task<double[]> ViewAsync(ClientWebSocket socket, int count, CancellationToken cancellationToken)
    {
        using (socket)
        {
            var times = new double[count];
            var buffer = new byte[1024];
            for (var sample = 0; sample < count; sample++)
            {
                var length = (await socket.ReceiveAsync(buffer, cancellationToken)).Count;
                var now = UnixTime.Now;
                times[sample] = (now - SentAt(buffer.AsSpan(0, length))) * 1e3;
            }

            return times;
        }
    }

    private static double SentAt(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("timestamp") && reader.Read()) return reader.GetDouble();
        }

        throw new InvalidOperationException("A viewer got a sample without a time.");
    }

    private static double LatencyOf(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return (double.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture) - SentAt(Encoding.UTF8.GetBytes(line[(space + 1)..]))) * 1e3;
    }
}
