namespace Plotune.Mqtt.TestSupport;

/// <summary>A CONNECT, taken apart.</summary>
public sealed record ReceivedConnect
{
    /// <summary>4 for 3.1.1, 5 for 5.0.</summary>
    public required byte ProtocolLevel { get; init; }

    public required bool CleanStart { get; init; }

    public required ushort KeepAliveSeconds { get; init; }

    public required string ClientId { get; init; }

    public required IReadOnlyDictionary<byte, object> Properties { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    public string? WillTopic { get; init; }

    public byte[]? WillPayload { get; init; }

    public int WillQos { get; init; }

    public bool WillRetain { get; init; }

    public IReadOnlyDictionary<byte, object>? WillProperties { get; init; }

    public static ReceivedConnect Parse(ReceivedPacket packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        var reader = new PacketBodyReader(packet.Body);
        var name = reader.Text();
        if (name != "MQTT")
            throw new UnmetExpectationException($"The protocol name of CONNECT is '{name}'.");
        var level = reader.Byte();
        var flags = reader.Byte();
        var keepAlive = reader.UInt16();
        var properties = level == 5 ? reader.Properties() : new Dictionary<byte, object>();
        var connect = new ReceivedConnect
        {
            ProtocolLevel = level,
            CleanStart = (flags & 2) != 0,
            KeepAliveSeconds = keepAlive,
            Properties = properties,
            ClientId = reader.Text(),
            WillQos = (flags >> 3) & 3,
            WillRetain = (flags & 32) != 0,
        };
        if ((flags & 4) != 0)
        {
            connect = connect with { WillProperties = level == 5 ? reader.Properties() : null };
            connect = connect with { WillTopic = reader.Text(), WillPayload = reader.Binary() };
        }

        if ((flags & 128) != 0)
            connect = connect with { UserName = reader.Text() };
        if ((flags & 64) != 0)
            connect = connect with { Password = reader.Text() };
        return connect;
    }
}
