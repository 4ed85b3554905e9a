using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>What a message costs among many topics, against among 100: when they come again in the same order, and in another each time.</summary>
internal sealed class TopicRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int Few = 100;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (few, many, shuffled) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < scale.Rounds; round++)
        {
            few.Add(await CostAsync(Few, isShuffled: false, cancellationToken));
            many.Add(await CostAsync(scale.Topics - 1, isShuffled: false, cancellationToken));
            shuffled.Add(await CostAsync(scale.Topics - 1, isShuffled: true, cancellationToken));
        }

        var what = $"a message among {scale.Topics:N0} topics, of one among {Few}";
        yield return SpeedRow.AtMost(what, 1.5, many.Median() / few.Median(), "0.00", SpeedRow.Text($" ({many.Median():F2} us)"));
        yield return SpeedRow.Note($"{what}, each round in another order", $"{shuffled.Median() / few.Median():F2} ({shuffled.Median():F2} us)");
    }

    /// <returns>Microseconds a message, over all processes.</returns>
    private async Task<double> CostAsync(int topics, bool isShuffled, CancellationToken cancellationToken)
    {
        var settings = new LoadSettings(4_000_000 / scale.Divisor, PayloadKind.Small, 0, topics, IsShuffled: isShuffled);
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        using var ended = await agent.ViewAsync("plotune_bench_end", cancellationToken);
        await using var load = await LoadProcess.StartAsync(settings, cancellationToken);
        await agent.ConnectAsync(load.Port, 0, cancellationToken);
        await load.FirstAsync(cancellationToken);
        var before = agent.TotalProcessorTime;
        await ended.ReceiveAsync(new byte[256], cancellationToken);
        var cost = agent.TotalProcessorTime.Since(before) / settings.Count * 1e6;
        await agent.ExpectReceivedAsync(settings.Messages, cancellationToken);
        await agent.StopAsync(cancellationToken);
        return cost;
    }
}
