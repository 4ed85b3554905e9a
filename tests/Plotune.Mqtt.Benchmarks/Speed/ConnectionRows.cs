using System.Diagnostics;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>What a message costs when as many come over many connections as over one.</summary>
internal sealed class ConnectionRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int PerSecond = 100_000;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var one = await CostAsync(1, cancellationToken);
        var many = await CostAsync(scale.Connections, cancellationToken);
        yield return SpeedRow.AtMost(
            $"{PerSecond:N0} messages a second over {scale.Connections} connections: processor time a message, of that over one", 2, many / one, "0.0", SpeedRow.Text($" ({many:F1} us of {one:F1} us)"));
    }

    /// <returns>Microseconds a message, over all processes.</returns>
    private async Task<double> CostAsync(int connections, CancellationToken cancellationToken)
    {
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        var settings = new LoadSettings(PerSecond / connections * 600L, PayloadKind.Small, 0, Rate: PerSecond / connections);
        var loads = new List<LoadProcess>();
        try
        {
            for (var number = 0; number < connections; number++)
            {
                loads.Add(await LoadProcess.StartAsync(settings, cancellationToken));
                await agent.ConnectAsync(loads[^1].Port, 0, cancellationToken, $"load{number}");
            }

            await Task.Delay(TimeSpan.FromSeconds(Math.Min(3, scale.Seconds)), cancellationToken); // warms up
            var (used, before) = (agent.TotalProcessorTime, await ReceivedAsync(agent, connections, cancellationToken));
            var begin = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromSeconds(scale.Seconds), cancellationToken);
            var (usedThen, after) = (agent.TotalProcessorTime, await ReceivedAsync(agent, connections, cancellationToken));
            var perSecond = (after - before) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
            if (perSecond < PerSecond / 2) throw new InvalidOperationException($"Of {PerSecond} messages a second over {connections} connections {perSecond:F0} came.");
            await agent.StopAsync(cancellationToken);
            return usedThen.Since(used) / (after - before) * 1e6;
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
}
