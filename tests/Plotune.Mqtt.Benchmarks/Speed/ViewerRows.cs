using System.Diagnostics;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>What viewers of fast signals, and many of one, cost the agent. Throws if one of them misses a sample.</summary>
internal sealed class ViewerRows(string executable, SpeedScale scale) : ISpeedRows
{
    /// <summary>How long the last samples may take once the load has sent them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await MeasureAsync(signals: Math.Min(100, scale.Viewers), perSecond: 1000, each: 1, limit: 0.25, cancellationToken);
        yield return await MeasureAsync(signals: 1, perSecond: 50_000, each: 1, limit: 1, cancellationToken);
        yield return await MeasureAsync(signals: 1, perSecond: 100, each: scale.Viewers, limit: 1, cancellationToken);
    }

    private async Task<SpeedRow> MeasureAsync(int signals, int perSecond, int each, double limit, CancellationToken cancellationToken)
    {
        var settings = new LoadSettings((long)signals * perSecond * scale.Seconds, PayloadKind.Small, 0, signals, signals * perSecond);
        var expected = (settings.WarmUp + settings.Count) / signals;
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        var counting = new List<Task>();
        for (var viewer = 0; viewer < signals * each; viewer++)
            counting.Add(CountAsync(await agent.ViewAsync($"plotune_bench_t{viewer % signals:D4}", cancellationToken), expected, cancellationToken));
        await using var load = await LoadProcess.StartAsync(settings, cancellationToken);
        await agent.ConnectAsync(load.Port, 0, cancellationToken);
        await load.FirstAsync(cancellationToken);
        var (used, begin) = (agent.ProcessorTime, Stopwatch.GetTimestamp());
        await Task.WhenAll(counting).WaitAsync(TimeSpan.FromSeconds(scale.Seconds) + Patience, cancellationToken);
        var share = (agent.ProcessorTime - used) / Stopwatch.GetElapsedTime(begin);
        await agent.StopAsync(cancellationToken);
        return SpeedRow.AtMost($"{signals * each:N0} viewers, {signals:N0} signals of {perSecond:N0} samples a second: the agent's share of a core", limit, share, "0 %", ", no sample lost");
    }

    /// <summary>Completes with the last of the samples, each a message.</summary>
    private static async Task CountAsync(ClientWebSocket socket, long expected, CancellationToken cancellationToken)
    {
        using (socket)
        {
            var buffer = new byte[1024];
            for (long count = 0; count < expected; count++)
            {
                if ((await socket.ReceiveAsync(buffer, cancellationToken)).MessageType == WebSocketMessageType.Close)
                    throw new InvalidOperationException($"A viewer was closed after {count} samples of {expected}.");
            }
        }
    }
}
