using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What a process has used, from Linux's /proc.</summary>
/// <param name="ProcessorSeconds">User and system time since its start.</param>
/// <param name="Mebibytes">Memory (Pss): its own, and its share of what it has in common with others.</param>
internal sealed record ProcessUse(double ProcessorSeconds, double Mebibytes)
{
    /// <summary>The process and all below it, parents first.</summary>
    public static IReadOnlyList<ProcessUse> OfTree(int process)
    {
        var uses = new List<ProcessUse> { Of(process) };
        foreach (var thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            foreach (var child in File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                uses.AddRange(OfTree(int.Parse(child, CultureInfo.InvariantCulture)));
            }
        }

        return uses;
    }

    private static ProcessUse Of(int process)
    {
        var nanoseconds = Directory.GetDirectories($"/proc/{process}/task").Sum(thread => long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));
        var pss = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return new ProcessUse(nanoseconds / 1e9, double.Parse(pss[4..^2], CultureInfo.InvariantCulture) / 1024);
    }
}
