namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>What is required of the packaged executable's speed, and what it reaches on this machine.</summary>
internal sealed class SpeedTable
{
    private readonly (string Name, ISpeedRows Rows)[] _parts;

    /// <param name="executable">The packaged one.</param>
    /// <param name="names">Of the parts to measure; none for all.</param>
    public SpeedTable(string executable, SpeedScale scale, IReadOnlyList<string> names)
    {
        (string Name, ISpeedRows Rows)[] all =
        [
            ("path", new PathRows(executable, scale)),
            ("viewers", new ViewerRows(executable, scale)),
            ("latency", new LatencyRows(executable, scale)),
            ("topics", new TopicRows(executable, scale)),
            ("connections", new ConnectionRows(executable, scale)),
            ("idle", new IdleRows(executable, scale)),
            ("histories", new HistoryRows(executable, scale)),
            ("load", new LoadMemoryRows(executable, scale)),
            ("allocations", new AllocationRows(scale)),
            ("start", new StartRows(executable, scale)),
            ("outbound", new OutboundRows(executable, scale)),
        ];
        _parts = [.. all.Where(part => names.Count == 0 || names.Contains(part.Name))];
        if (_parts.Length < names.Count) throw new InvalidOperationException($"The parts are {string.Join(", ", all.Select(part => part.Name))}.");
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("| what | required | reached | enough |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (_, rows) in _parts)
        {
            await foreach (var row in rows.MeasureAsync(cancellationToken)) Console.WriteLine(row);
        }
    }
}
