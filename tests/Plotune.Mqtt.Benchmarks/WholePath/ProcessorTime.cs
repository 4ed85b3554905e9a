using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>User and system time of processes since their start, thread by thread, from Linux's /proc: finer than the ticks that a process's own total has.</summary>
internal sealed class ProcessorTime
{
    private readonly Dictionary<string, long> _nanoseconds = [];

    private ProcessorTime()
    {
    }

    /// <summary>Of a process and all below it.</summary>
    public static ProcessorTime OfTree(int process)
    {
        var time = new ProcessorTime();
        foreach (var thread in ProcessUse.OfTree(process).SelectMany(use => ProcessUse.Threads(use.Process)))
        {
            if (ProcessUse.Read($"{thread}/schedstat") is { Length: > 0 } text)
                time._nanoseconds[thread] = long.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture);
        }

        return time;
    }

    /// <summary>Seconds used since an earlier reading. What threads used that have ended since is not in it: among those of a pool, little.</summary>
    public double Since(ProcessorTime earlier) => _nanoseconds.Sum(thread => thread.Value - earlier._nanoseconds.GetValueOrDefault(thread.Key)) / 1e9;
}
