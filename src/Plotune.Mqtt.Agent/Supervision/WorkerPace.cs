using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// How long workers let messages gather between two reads, by how many of them are busy: every read of each costs as much as many small messages, and they share the machine. Up to four read
/// as if each were alone; from there on the reads of all together are bounded, to a few thousand a second. One caller changes it, any thread reads.
/// </summary>
internal sealed class WorkerPace
{
    /// <summary>Messages a second from which a worker is busy.</summary>
    public const double BusyRate = 500;

    /// <summary>So many do not add to the pause.</summary>
    private const int Few = 3;

    private long _ticks = ReadPause.Shortest.Ticks;

    public TimeSpan Pause => new(Volatile.Read(ref _ticks));

    /// <summary>Takes in how many workers are busy now. A pause that would differ by a quarter or less stays as it is, so that one worker more or less of many is no news to all.</summary>
    public void Update(int busyWorkers)
    {
        var pause = Pause;
        var wanted = ReadPause.Shortest * Math.Clamp(busyWorkers - Few, 1, ReadPause.Longest / ReadPause.Shortest);
        if ((wanted - pause).Duration() > pause / 4)
            Volatile.Write(ref _ticks, wanted.Ticks);
    }
}
