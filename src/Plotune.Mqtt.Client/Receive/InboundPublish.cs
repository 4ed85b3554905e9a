namespace Plotune.Mqtt.Client;

/// <summary>
/// A validated PUBLISH inside the receive buffer (MQTT 5.0, 3.3). Copying the struct copies no bytes; what it points to is valid until the
/// next <see cref="IPublishHandler.HandOverAsync"/> has completed.
/// </summary>
public readonly struct InboundPublish
{
    private readonly byte[] _topicBuffer;
    private readonly byte[] _packetBuffer;
    private readonly int _topicOffset;
    private readonly int _topicLength;
    private readonly int _propertiesOffset;
    private readonly int _propertiesLength;
    private readonly int _payloadOffset;
    private readonly int _payloadLength;
    private readonly ushort _packetIdentifier;
    private readonly byte _flags;

    /// <param name="flags">The low four bits of the fixed header's first byte.</param>
    /// <param name="topic">Topic name, resolved if it came as a topic alias.</param>
    /// <param name="packetIdentifier">Zero at QoS 0.</param>
    /// <param name="packetBuffer">The array <paramref name="properties"/> and <paramref name="payload"/> are ranges of.</param>
    /// <param name="properties">Start and length of the MQTT 5.0 properties, without their length field; empty in 3.1.1.</param>
    /// <param name="payload">Start and length of the payload.</param>
    public InboundPublish(
        byte flags,
        ArraySegment<byte> topic,
        ushort packetIdentifier,
        byte[] packetBuffer,
        (int Offset, int Length) properties,
        (int Offset, int Length) payload)
    {
        _flags = flags;
        _topicBuffer = topic.Array!;
        _topicOffset = topic.Offset;
        _topicLength = topic.Count;
        _packetIdentifier = packetIdentifier;
        _packetBuffer = packetBuffer;
        (_propertiesOffset, _propertiesLength) = properties;
        (_payloadOffset, _payloadLength) = payload;
    }

    /// <summary>Topic name: well-formed UTF-8 without U+0000 and without wildcards, 1 to 65,535 bytes.</summary>
    public ReadOnlySpan<byte> Topic => new(_topicBuffer, _topicOffset, _topicLength);

    /// <summary>Application message, of any content.</summary>
    public ReadOnlySpan<byte> Payload => new(_packetBuffer, _payloadOffset, _payloadLength);

    /// <summary>The validated property set of MQTT 5.0 as it was on the wire; read it with <see cref="PropertyReader"/>, or with <see cref="ReadProperties"/>.</summary>
    public ReadOnlySpan<byte> Properties => new(_packetBuffer, _propertiesOffset, _propertiesLength);

    /// <summary>Packet Identifier; zero at QoS 0.</summary>
    public ushort PacketIdentifier => _packetIdentifier;

    /// <summary>
    /// How long ago it came when it was read, in microseconds: zero unless messages were left to gather before the read, else estimated from its place among them. Never so
    /// much that it would be older than a message before it.
    /// </summary>
    public int AgeMicros { get; init; }

    public QualityOfService QualityOfService => (QualityOfService)((_flags >> 1) & 3);

    public bool Retained => (_flags & 1) != 0;

    public bool Duplicate => (_flags & 8) != 0;

    /// <summary>Copies the properties out of the receive buffer; costs nothing unless called. Empty in MQTT 3.1.1.</summary>
    public InboundProperties ReadProperties() => InboundProperties.Read(Properties);
}
