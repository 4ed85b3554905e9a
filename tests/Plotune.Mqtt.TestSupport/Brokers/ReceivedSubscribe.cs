namespace Plotune.Mqtt.TestSupport;

/// <summary>A SUBSCRIBE or UNSUBSCRIBE, taken apart.</summary>
/// <param name="Options">The options byte per filter; empty for UNSUBSCRIBE.</param>
/// <param name="Properties">By identifier; empty in 3.1.1.</param>
public sealed record ReceivedSubscribe(ushort PacketIdentifier, IReadOnlyList<string> Filters, IReadOnlyList<byte> Options, IReadOnlyDictionary<byte, object> Properties)
{
    public static ReceivedSubscribe Parse(ReceivedPacket packet, byte protocolLevel)
    {
        ArgumentNullException.ThrowIfNull(packet);
        var reader = new PacketBodyReader(packet.Body);
        var identifier = reader.UInt16();
        var properties = protocolLevel == 5 ? reader.Properties() : new Dictionary<byte, object>();
        var filters = new List<string>();
        var options = new List<byte>();
        while (!reader.AtEnd)
        {
            filters.Add(reader.Text());
            if (packet.Type == PacketType.Subscribe)
                options.Add(reader.Byte());
        }

        return new ReceivedSubscribe(identifier, filters, options, properties);
    }
}
