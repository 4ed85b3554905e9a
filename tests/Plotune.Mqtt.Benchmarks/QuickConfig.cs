using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using Perfolizer.Horology;

namespace Plotune.Mqtt.Benchmarks;

/// <summary>Short enough to be run by hand: a few seconds per benchmark. Good for ratios and allocations; for small differences pass <c>--job medium</c>.</summary>
internal static class QuickConfig
{
    public static IConfig Create() => DefaultConfig.Instance.AddJob(
        Job.Default.WithLaunchCount(1).WithWarmupCount(3).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(200)).WithId("quick").AsDefault());
}
