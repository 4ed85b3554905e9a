using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Plotune.Mqtt.Benchmarks;

/// <summary>
/// Short enough to be run by hand: about two seconds per benchmark, in this process, since BenchmarkDotNet would otherwise compile the whole product once more. Good for ratios
/// and allocations; <c>--job medium</c> is for small differences.
/// </summary>
internal static class QuickConfig
{
    private static readonly Job Quick = Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(3)
        .WithIterationCount(5)
        .WithIterationTime(TimeInterval.FromMilliseconds(200));

    public static IConfig Create() => DefaultConfig.Instance.AddJob(Quick.WithId("quick").AsDefault());
}
