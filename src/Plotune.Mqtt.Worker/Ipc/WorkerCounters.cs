namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Totals since the worker started. Of several workers of a connection each counts its own part: their sums count every message once.</summary>
public sealed record WorkerCounters
{
    /// <summary>PUBLISH packets received, those of topics that belong to other workers of the connection left out.</summary>
    public long Received { get; init; }

    /// <summary>When the newest of them was taken in, those on topics of our own left out; seconds since 1970, null before the first.</summary>
    public double? LastMessage { get; init; }

    /// <summary>Bytes read from the worker's own socket, whatever they held: several workers of a connection cause as many times the traffic.</summary>
    public long Bytes { get; init; }

    /// <summary>Samples handed over to the agent.</summary>
    public long Samples { get; init; }

    /// <summary>Payloads not decoded, by reason: see <see cref="WorkerDecodeFailures"/>.</summary>
    public Dictionary<string, long> DecodeFailures { get; init; } = [];

    /// <summary>New signals refused past the limit, and messages of topics refused past it.</summary>
    public long SignalsRefused { get; init; }

    /// <summary>Messages on topics that the connection itself publishes to, which were left out; part of <see cref="Received"/>.</summary>
    public long OwnMessages { get; init; }

    /// <summary>Messages published once more because a connection had ended before they were acknowledged.</summary>
    public long Resent { get; init; }
}
