using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What a process uses, from Linux's /proc; read anew each time.</summary>
internal sealed record ProcessUse(int Process)
{
    /// <summary>Memory (Pss): its own, and its share of what it has in common with others.</summary>
    public double Mebibytes
    {
        get
        {
            var pss = File.ReadLines($"/proc/{Process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return double.Parse(pss[4..^2], CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>The process and all below it, parents first.</summary>
    public static IReadOnlyList<ProcessUse> OfTree(int process)
    {
        var uses = new List<ProcessUse> { new(process) };
        foreach (var thread in Threads(process))
        {
            foreach (var child in Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                uses.AddRange(OfTree(int.Parse(child, CultureInfo.InvariantCulture)));
        }

        return uses;
    }

    internal static string[] Threads(int process) => Directory.GetDirectories($"/proc/{process}/task");

    /// <summary>What a file of /proc says; nothing if whom it tells of has just ended.</summary>
    internal static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
