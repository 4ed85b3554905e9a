namespace Plotune.Mqtt.TestSupport;

/// <summary>A PUBLISH, taken apart.</summary>
public sealed record ReceivedPublish
{
    public required string Topic { get; init; }

    public required int Qos { get; init; }

    public required bool Retain { get; init; }

    public required bool Duplicate { get; init; }

    public required ushort PacketIdentifier { get; init; }

    public required IReadOnlyDictionary<byte, object> Properties { get; init; }

    public required byte[] Payload { get; init; }

    public static ReceivedPublish Parse(ReceivedPacket packet, byte protocolLevel)
    {
        ArgumentNullException.ThrowIfNull(packet);
        var reader = new PacketBodyReader(packet.Body);
        var qos = (packet.FirstByte >> 1) & 3;
        return new ReceivedPublish
        {
            Topic = reader.Text(),
            Qos = qos,
            Retain = (packet.FirstByte & 1) != 0,
            Duplicate = (packet.FirstByte & 8) != 0,
            PacketIdentifier = qos > 0 ? reader.UInt16() : (ushort)0,
            Properties = protocolLevel == 5 ? reader.Properties() : new Dictionary<byte, object>(),
            Payload = reader.Rest(),
        };
    }
}
