namespace Plotune.Mqtt.Agent.Storage;

/// <summary>A bridge's settings as they are in the state file. Members may be added, with a default for files written before.</summary>
/// <remarks>Members are settable since the JSON source generator gives an <c>init</c> member that is missing null or zero instead of its default.</remarks>
internal sealed record StoredBridge
{
    public required string Host { get; set; }

    public required int Port { get; set; }

    public double SamplesPerSecond { get; set; }

    public double DeadBand { get; set; }
}
