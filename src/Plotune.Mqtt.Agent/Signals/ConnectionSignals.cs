using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>What the signals of one connection share: the lock under which samples are taken in and read, and their bounds.</summary>
internal sealed class ConnectionSignals(string name, AgentLimits limits, ViewerTotals viewers)
{
    public string Name => name;

    public ViewerTotals Viewers => viewers;

    /// <summary>Taken once per frame by a worker's reader, and by everyone who reads or joins; the innermost but for a viewer's own.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Guarded by <see cref="Gate"/>.</summary>
    public SampleChunk Chunk { get; } = new();

    /// <summary>Guarded by <see cref="Gate"/>.</summary>
    public TextBudget Texts { get; } = new(limits.HistoryTextBytesPerSignal, limits.HistoryTextBytesPerConnection);

    /// <summary>Each worker's run whose samples count; one that ended changes nothing any more. Guarded by <see cref="Gate"/>.</summary>
    public WorkerSignals?[] Runs { get; } = new WorkerSignals?[BrokerConnectionConfig.MaximumWorkers];

    /// <summary>By topic and path, removed ones included. Guarded by the catalog's lock.</summary>
    public Dictionary<(string Topic, string Path), Signal> Known { get; } = [];

    /// <summary>Signals in the catalog. Guarded by the catalog's lock.</summary>
    public int Live { get; set; }

    /// <summary>Characters of topics, paths and keys of <see cref="Known"/>. Guarded by the catalog's lock.</summary>
    public long NameLength { get; set; }
}
