namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// The topics that one of several workers of a connection decodes. Every one of them receives every message, and each topic belongs to one, so that its
/// order is kept, whatever the workers do.
/// </summary>
internal sealed class TopicPart
{
    private readonly uint _part;
    private readonly uint _parts;

    private TopicPart(int part, int parts) => (_part, _parts) = ((uint)part, (uint)parts);

    /// <returns>Null if there is one part, to which every topic belongs.</returns>
    public static TopicPart? Create(int part, int parts) => parts == 1 ? null : new TopicPart(part, parts);

    public bool Contains(ReadOnlySpan<byte> topic) => TopicHash.Stable.Compute(topic) % _parts == _part;
}
