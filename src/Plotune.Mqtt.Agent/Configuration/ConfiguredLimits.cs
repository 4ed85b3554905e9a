using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>The limits in force: the defaults, or what <c>configuration.limits</c> of plugin.json says instead.</summary>
internal sealed record ConfiguredLimits
{
    /// <summary>Limits of signals and supervision.</summary>
    public AgentLimits Agent { get; init; } = new();

    /// <summary>Limits of each connection, enforced in its worker.</summary>
    public WorkerLimits Worker { get; init; } = new();

    /// <summary>Limits of each connection's outbound queue.</summary>
    public OutboundLimits Outbound { get; init; } = new();

    /// <summary>WebSocket viewers at a time. (default: 1,000)</summary>
    public int Viewers { get; init; } = 1000;

    /// <summary>Samples a viewer may be behind before it loses its oldest. (default: 8,192)</summary>
    public int ViewerBuffer { get; init; } = 8192;

    /// <summary>Reads the limits; a number out of its range is a fault.</summary>
    public static ConfiguredLimits Read(JsonFields? configured)
    {
        if (configured is not { } fields) return new ConfiguredLimits();
        var agent = new AgentLimits();
        var worker = new WorkerLimits();
        var outbound = new OutboundLimits();
        int Number(string name, int minimum, int maximum, int otherwise) => fields.Number(name, minimum, maximum) ?? otherwise;
        TimeSpan Seconds(string name, TimeSpan otherwise) => fields.Number(name, 1, 86_400) is { } seconds ? TimeSpan.FromSeconds(seconds) : otherwise;

        var signals = Number("signals_per_connection", 1, 10_000_000, agent.MaximumSignalsPerConnection);
        return new ConfiguredLimits
        {
            Viewers = Number("viewers", 1, 100_000, 1000),
            ViewerBuffer = Number("viewer_buffer", 16, 1_000_000, 8192),
            Outbound = WithWindow(outbound with
            {
                MaximumRecords = Number("outbound_records", 100, 10_000_000, outbound.MaximumRecords),
                MaximumBytes = Number("outbound_bytes", 1 << 20, int.MaxValue, (int)outbound.MaximumBytes),
            }),
            Agent = agent with
            {
                HistoryLength = Number("history", 1, 100_000, agent.HistoryLength),
                MaximumSignalsPerConnection = signals,
                MaximumConnections = Number("connections", 1, 1000, agent.MaximumConnections),
                MaximumBridges = Number("bridges", 1, 10_000, agent.MaximumBridges),
                RestartDelayMaximum = Seconds("restart_delay_maximum_seconds", agent.RestartDelayMaximum),
            },
            Worker = worker with
            {
                MaximumSignals = signals,
                MaximumPacketBytes = Number("packet_bytes", 1024, 16 << 20, worker.MaximumPacketBytes),
                MaximumDepth = Number("json_depth", 1, 1000, worker.MaximumDepth),
                MaximumLeaves = Number("json_leaves", 1, 65_536, worker.MaximumLeaves),
                MaximumTextBytes = Number("text_bytes", 16, 65_536, worker.MaximumTextBytes),
                MessageLogEntries = Number("message_log", 0, 10_000, worker.MessageLogEntries),
                MessageLogPayloadBytes = Number("message_log_payload_bytes", 0, 1 << 20, worker.MessageLogPayloadBytes),
                TimestampToleranceSeconds = Number("timestamp_tolerance_seconds", 1, int.MaxValue, (int)worker.TimestampToleranceSeconds),
                ReconnectDelayMaximumSeconds = Seconds("reconnect_delay_maximum_seconds", TimeSpan.FromSeconds(worker.ReconnectDelayMaximumSeconds)).TotalSeconds,
            },
        };
    }
    /// <summary>A worker gets a quarter of a queue at most: what it has makes no room for what is newer.</summary>
    private static OutboundLimits WithWindow(OutboundLimits limits) => limits with
    {
        WindowRecords = Math.Min(limits.WindowRecords, limits.MaximumRecords / 4),
        WindowBytes = Math.Min(limits.WindowBytes, limits.MaximumBytes / 4),
    };
}
