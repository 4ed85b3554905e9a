namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>How a connection test ended.</summary>
public sealed record WorkerTestResult
{
    public required bool Success { get; init; }

    /// <summary>How far it came: "connect", "subscribe" or "done".</summary>
    public required string Stage { get; init; }

    /// <summary>A sentence a person can act on.</summary>
    public required string Reason { get; init; }

    /// <summary>"5.0" or "3.1.1"; empty if no CONNACK came.</summary>
    public string Protocol { get; init; } = "";

    public WorkerTopicResult[] Topics { get; init; } = [];
}

/// <summary>What the broker said to one topic filter.</summary>
/// <param name="Granted">QoS granted, 0 to 2; null if refused or not answered.</param>
/// <param name="Reason">A sentence if refused; empty otherwise.</param>
public sealed record WorkerTopicResult(string Filter, int? Granted, string Reason);
