namespace Plotune.Mqtt.Client.Publishing;

/// <summary>A packet that a <see cref="PublishPipeline"/> has decided to send now.</summary>
/// <param name="Publish">Null for PUBREL.</param>
/// <param name="PacketIdentifier">Zero for a PUBLISH of QoS 0.</param>
internal readonly record struct OutgoingPacket(OutboundPublish? Publish, ushort PacketIdentifier)
{
    /// <summary>PUBLISH: it was sent in this session before (DUP).</summary>
    public bool IsAgain { get; init; }

    /// <summary>PUBLISH: its topic is not to be replaced by an alias, nor given one.</summary>
    public bool KeepsTopic { get; init; }

    /// <summary>PUBLISH: Message Expiry Interval; zero for none.</summary>
    public uint ExpirySeconds { get; init; }

    /// <summary>PUBLISH: size of the whole packet without an alias.</summary>
    public int Size { get; init; }
}
