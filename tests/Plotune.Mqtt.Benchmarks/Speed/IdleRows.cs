using System.Diagnostics;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.WholePath;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>Memory and processor time of connections to a broker that says nothing.</summary>
internal sealed class IdleRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int Some = 10;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var port = Servers.ChoosePort();
        await using (Servers.StartMosquitto(folder.Path, port))
        await using (var agent = await PackagedAgent.StartAsync(executable, cancellationToken))
        {
            var some = Math.Min(Some, scale.Connections);
            await ConnectAsync(agent, port, 0, 1, cancellationToken);
            var one = Memory(agent);
            yield return SpeedRow.AtMost("agent and one idle connection", 50, one, "0.0 MiB");

            await ConnectAsync(agent, port, 1, some, cancellationToken);
            await Task.Delay(scale.Settling, cancellationToken);
            yield return SpeedRow.AtMost($"{some} idle connections: share of a core, all processes", 0.005, await ShareAsync(agent, cancellationToken), "0.00 %");

            await ConnectAsync(agent, port, some, scale.Connections, cancellationToken);
            var all = Memory(agent);
            yield return SpeedRow.AtMost("each further idle connection", 10, (all - one) / (scale.Connections - 1), "0.0 MiB");
            yield return SpeedRow.AtMost($"{scale.Connections} idle connections", 500, all, "0.0 MiB");
            await agent.StopAsync(cancellationToken);
        }
    }

    private static double Memory(PackagedAgent agent) => agent.Processes.Sum(use => use.Mebibytes);

    private async Task ConnectAsync(PackagedAgent agent, int port, int from, int to, CancellationToken cancellationToken)
    {
        for (var number = from; number < to; number++) await agent.ConnectAsync(port, 0, cancellationToken, $"idle{number}");
        for (var number = from; number < to; number++) await agent.ExpectConnectedAsync(cancellationToken, $"idle{number}");
        await Task.Delay(scale.Settling, cancellationToken);
    }

    private async Task<double> ShareAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        var (used, begin) = (agent.TotalProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(2 * scale.Seconds), cancellationToken);
        return agent.TotalProcessorTime.Since(used) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
