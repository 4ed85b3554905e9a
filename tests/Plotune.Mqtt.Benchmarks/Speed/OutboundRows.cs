using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>The way back through the durable queue, measured by <see cref="BridgePathBenchmark"/>.</summary>
internal sealed class OutboundRows(string executable, SpeedScale scale) : ISpeedRows
{
    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var figures = await new BridgePathBenchmark(executable, scale.Rounds, scale.Divisor).MeasureAsync(cancellationToken);
        yield return SpeedRow.AtLeast(
            "bridged samples a second through the durable queue to mosquitto_sub, QoS 1", 40_000, figures.Published, "N0", SpeedRow.Text($" ({figures.Published / figures.Yardstick:F2} of mosquitto_pub)"));
        yield return SpeedRow.AtLeast("samples a second accepted into the queue while the broker is away", 100_000, figures.Accepted, "N0");
        yield return SpeedRow.AtMost("from a source's frame to a subscriber at 1,000 a second, 99th percentile", 10, figures.High, "0.0 ms");
    }
}
