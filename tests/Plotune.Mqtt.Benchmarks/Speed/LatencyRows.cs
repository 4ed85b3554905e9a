using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Plotune.Mqtt.Benchmarks.WholePath;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>How much later than at mosquitto_sub a message is at its viewer, both behind the same mosquitto in the same run. Throws if a viewer misses a sample.</summary>
internal sealed class LatencyRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int PerSecond = 20_000;
    private const int Topics = 100;

    /// <summary>Few, and evenly over the topics, so that the program that measures leaves the machine to those who are measured.</summary>
    private const int Viewers = 10;

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
        using var folder = new TemporaryFolder();
        var port = Servers.ChoosePort();
        (double Median, double High) result;
        await using (Servers.StartMosquitto(folder.Path, port))
        await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken))
        {
            await agent.ConnectAsync(port, 0, cancellationToken);
            await agent.ExpectConnectedAsync(cancellationToken);
            await using var viewers = LatencyViewers.Start(agent.Address, Viewers, Topics / Viewers, each);
            await viewers.ReadAsync("viewing", cancellationToken);
            await using var subscriber = await MosquittoSubscriber.StartAsync(port, folder.Path, each * Topics, 0, "%U %p", cancellationToken);
            await using var publisher = ChildProcess.Start(ChildProcess.Self("publish", $"{port}", $"{PerSecond}", $"{Topics}", $"{each * Topics}"));
            var atViewers = await viewers.ReadAsync("latency", cancellationToken).WaitAsync(TimeSpan.FromSeconds(scale.Seconds) + Patience, cancellationToken);
            double[] atSubscriber = [.. (await subscriber.EndAsync(cancellationToken)).Select(LatencyOf).Order()];
            var words = atViewers.Split(' ');
            result = (Difference(words[0], 0.5), Difference(words[1], 0.99));
            await agent.StopAsync(cancellationToken);

            double Difference(string atViewer, double share) => double.Parse(atViewer, CultureInfo.InvariantCulture) - atSubscriber.Percentile(share);
        }
        return result;
    }

    /// <param name="line">When mosquitto_sub got a message, and the message.</param>
    private static double LatencyOf(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return (double.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture) - LatencyViewers.SentAt(Encoding.UTF8.GetBytes(line[(space + 1)..]))) * 1e3;
    }
}
