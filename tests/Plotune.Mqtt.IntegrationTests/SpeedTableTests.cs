using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The measurement of the speed table, as short as can be: it fails where a message or sample is lost, and judges no time.</summary>
public sealed class SpeedTableTests
{
    // Most of a minute beside other tests on a slow machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Parts { get; } = ["path", "viewers", "latency", "topics", "connections", "idle", "histories", "load", "allocations", "start", "outbound"];

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Every_part_of_the_table_can_be_measured_loses_nothing_and_leaves_nothing_behind(string part)
    {
        using var temporary = new TemporaryFolder();
        await using var benchmark = Measure(part, ("TMPDIR", temporary.Path));
        var code = await benchmark.WaitForExitAsync(Limit);
        Assert.True(code == 0, benchmark.Output);
        var rows = benchmark.Output.Split('\n').Count(line => line.StartsWith("| ", StringComparison.Ordinal)) - 1;
        Assert.True(rows > 0, benchmark.Output);
        Assert.Empty(Directory.GetFileSystemEntries(temporary.Path));
    }

    [Fact]
    public async Task No_part_of_the_table_is_left_untested()
    {
        await using var benchmark = Measure("nothing");
        Assert.Equal(1, await benchmark.WaitForExitAsync());
        Assert.Contains($"The parts are {string.Join(", ", Parts.Select(part => part.Data))}.", benchmark.Output, StringComparison.Ordinal);
    }

    private static CommandProcess Measure(string part, params (string Name, string Value)[] environment)
    {
        var build = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."), AppContext.BaseDirectory);
        var program = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "Plotune.Mqtt.Benchmarks", build, "Plotune.Mqtt.Benchmarks.dll");
        return CommandProcess.Start("dotnet", [program, "speed", Path.Combine(Installation.Shared.Folder, "plotune_mqtt_extension"), "smoke", part], environment);
    }
}
