using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>Memory of many signals with full histories.</summary>
internal sealed class HistoryRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int History = 240;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var settings = new LoadSettings(History * (long)(scale.Topics - 1), PayloadKind.Small, 0, Topics: scale.Topics - 1);
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        await using var load = await LoadProcess.StartAsync(settings, cancellationToken);
        await agent.ConnectAsync(load.Port, 0, cancellationToken);
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        await agent.ExpectReceivedAsync(settings.Messages, cancellationToken);
        await Task.Delay(scale.Settling, cancellationToken);
        var processes = agent.Processes;
        var what = $"{scale.Topics:N0} signals with {History} samples each";
        yield return SpeedRow.AtMost($"{what}, agent", 500, processes[0].Mebibytes, "0 MiB");
        yield return SpeedRow.Note($"{what}, worker", $"{processes[1].Mebibytes:F0} MiB");
        await agent.StopAsync(cancellationToken);
    }
}
