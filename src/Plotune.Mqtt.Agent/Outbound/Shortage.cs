namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What is missing for messages to fit into a queue.</summary>
internal readonly record struct Shortage(long Records, long Bytes)
{
    public bool IsMet => Records <= 0 && Bytes <= 0;

    /// <summary>What is still missing once a message of this size has gone.</summary>
    public Shortage Without(int bytes) => new(Records - 1, Bytes - bytes);
}
