using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>One message to publish; travels in a <see cref="FrameKind.Publish"/> frame.</summary>
/// <param name="Id">The agent's own number for it, named in <see cref="PublishReport"/>.</param>
/// <param name="Topic">Topic name.</param>
public sealed record PublishRequest(long Id, string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QualityOfService)
{
    public bool Retain { get; init; }

    /// <summary>The payload is JSON: sent with content type <c>application/json</c> and as text in MQTT 5.0.</summary>
    public bool IsJson { get; init; }

    /// <summary>What is left of its life, in seconds; zero is for ever. Becomes the Message Expiry Interval of MQTT 5.0.</summary>
    public uint ExpirySeconds { get; init; }

    public PublishSource Source { get; init; }
}
