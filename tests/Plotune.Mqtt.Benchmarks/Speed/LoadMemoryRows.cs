using System.Diagnostics;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>Memory of a worker under full load, and after it.</summary>
internal sealed class LoadMemoryRows(string executable, SpeedScale scale) : ISpeedRows
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        double most = 0;
        await using (var load = await LoadProcess.StartAsync(new LoadSettings(long.MaxValue / 2, PayloadKind.Small, 0), cancellationToken))
        {
            await agent.ConnectAsync(load.Port, 0, cancellationToken);
            await agent.ExpectConnectedAsync(cancellationToken);
            for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < scale.LongLoad; most = Math.Max(most, Worker(agent)))
                await Task.Delay(Interval, cancellationToken);
        }

        yield return SpeedRow.AtMost($"a worker under full load for {scale.LongLoad.TotalSeconds:F0} s", 40, most, "0.0 MiB");
        await Task.Delay(scale.LongLoad, cancellationToken);
        yield return SpeedRow.AtMost($"the same worker {scale.LongLoad.TotalSeconds:F0} s later", 15, Worker(agent), "0.0 MiB");
        await agent.StopAsync(cancellationToken);
    }

    private static double Worker(PackagedAgent agent) => agent.Processes[1].Mebibytes;
}
