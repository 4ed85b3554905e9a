namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>State of the broker connection. Times are seconds since 1970.</summary>
public sealed record WorkerStatus
{
    /// <summary>"connecting", "connected", "waiting", "failed" or "stopped".</summary>
    public required string State { get; init; }

    /// <summary>When the state was entered.</summary>
    public required double Since { get; init; }

    /// <summary>Why: a sentence; empty while all is well.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Name of the reason code or local fault; empty while all is well.</summary>
    public string ReasonName { get; init; } = "";

    /// <inheritdoc cref="Client.ConnectionStatus.Reached"/>
    public string Reached { get; init; } = "";

    /// <summary>While waiting: the reason will hardly pass by itself. (default: off)</summary>
    public bool NeedsAttention { get; init; }

    /// <summary>Attempts to connect since the last stable connection.</summary>
    public int Attempt { get; init; }

    /// <summary>When the next attempt is made, while waiting.</summary>
    public double? RetryAt { get; init; }

    /// <summary>"5.0" or "3.1.1"; empty before the first CONNACK.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The Client Identifier in use.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Connections made after the first one.</summary>
    public long Reconnects { get; init; }
}
