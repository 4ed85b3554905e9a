using System.Diagnostics;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.WholePath;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>How long a cold start takes until the agent answers, and from then until a viewer has a sample, with a connection from the time before and a broker that is up.</summary>
internal sealed class StartRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int PerSecond = 1000;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        using var data = new TemporaryFolder();
        var port = Servers.ChoosePort();
        var (healthy, first) = (new List<double>(), new List<double>());
        await using (Servers.StartMosquitto(folder.Path, port))
        {
            await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken, data.Path))
            {
                await agent.ConnectAsync(port, 0, cancellationToken);
                await agent.ExpectConnectedAsync(cancellationToken);
                await agent.StopAsync(cancellationToken);
            }

            await using var publisher = ChildProcess.Start(ChildProcess.Self("publish", $"{port}", $"{PerSecond}", "1", $"{int.MaxValue}"));
            await publisher.ReadAsync("connected", cancellationToken);

            // The first start also warms up this program, and does not count.
            for (var start = 0; start <= 2 * scale.Rounds; start++)
            {
                var (health, sample) = await StartAsync(data.Path, cancellationToken);
                if (start == 0) continue;
                healthy.Add(health);
                first.Add(sample);
            }
        }

        yield return SpeedRow.AtMost("from a cold start to the answer of /health", 120, healthy.Median(), "0 ms");
        yield return SpeedRow.AtMost("from that answer to the first sample at a viewer", 400, first.Median(), "0 ms");
    }

    private async Task<(double Health, double Sample)> StartAsync(string data, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken, data);
        await agent.ExpectHealthyAsync(cancellationToken);
        var health = Stopwatch.GetElapsedTime(begin);
        using var viewer = await agent.ViewAsync("plotune_bench_t0000", cancellationToken);
        await viewer.ReceiveAsync(new byte[1024], cancellationToken);
        var sample = Stopwatch.GetElapsedTime(begin) - health;
        await agent.StopAsync(cancellationToken);
        return (health.TotalMilliseconds, sample.TotalMilliseconds);
    }
}
