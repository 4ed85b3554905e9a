namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Gives memory back to the system once after each busy time. A worker that falls silent allocates nothing, so that the collector, left alone, would never run again and keep all it had.
/// </summary>
internal sealed class IdleMemory
{
    private const int QuietLooks = 10;

    private int _quiet = QuietLooks;

    /// <summary>Memory has been given back, or none was taken: further looks do nothing until it is busy again.</summary>
    public bool IsSettled => _quiet == QuietLooks;

    /// <summary>Called at regular intervals; collects at the tenth quiet one in a row.</summary>
    /// <returns>Whether it collected.</returns>
    public bool Look(bool isBusy)
    {
        if (isBusy)
            _quiet = 0;
        else if (_quiet < QuietLooks && ++_quiet == QuietLooks)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return true;
        }

        return false;
    }
}
