using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>A message on its way to a broker. Its payload must not change any more.</summary>
/// <param name="Topic">Topic name; one that cannot be published to makes a dead letter.</param>
internal sealed record OutboundMessage(string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QualityOfService)
{
    public bool Retain { get; init; }

    /// <summary>The payload is JSON, and said to be in MQTT 5.0.</summary>
    public bool IsJson { get; init; }

    /// <summary>When it is of no use any more; null is never. What expires unsent is left out and counted.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Topic and payload; what the limits count.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Topic) + Payload.Length;
}
