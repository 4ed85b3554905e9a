using System.Buffers.Binary;
using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>Builds the bytes of the packets a broker sends, by the letter of the specification and independent of any library.</summary>
public static class PacketBytes
{
    /// <summary>A whole packet: fixed header and body.</summary>
    public static byte[] Packet(byte firstByte, params byte[] body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return [firstByte, .. VariableByteInteger(body.Length), .. body];
    }

    /// <summary>CONNACK of MQTT 3.1.1.</summary>
    public static byte[] ConnAck311(byte returnCode = 0, bool sessionPresent = false) => [0x20, 2, Flag(sessionPresent), returnCode];

    /// <summary>CONNACK of MQTT 5.0; <paramref name="properties"/> are joined results of the property methods.</summary>
    public static byte[] ConnAck5(byte reasonCode = 0, bool sessionPresent = false, params byte[][] properties) =>
        Packet(0x20, [Flag(sessionPresent), reasonCode, .. Properties(properties)]);

    public static byte[] SubAck311(ushort packetIdentifier, params byte[] returnCodes) => Packet(0x90, [.. TwoBytes(packetIdentifier), .. returnCodes]);

    public static byte[] SubAck5(ushort packetIdentifier, params byte[] reasonCodes) => Packet(0x90, [.. TwoBytes(packetIdentifier), 0, .. reasonCodes]);

    public static byte[] UnsubAck311(ushort packetIdentifier) => Packet(0xB0, TwoBytes(packetIdentifier));

    public static byte[] UnsubAck5(ushort packetIdentifier, params byte[] reasonCodes) => Packet(0xB0, [.. TwoBytes(packetIdentifier), 0, .. reasonCodes]);

    /// <summary>PUBLISH of MQTT 3.1.1.</summary>
    public static byte[] Publish311(string topic, byte[] payload, int qos = 0, ushort packetIdentifier = 0, bool retain = false, bool duplicate = false) =>
        Packet(PublishFlags(qos, retain, duplicate), [.. Text(topic), .. qos > 0 ? TwoBytes(packetIdentifier) : [], .. payload]);

    /// <summary>PUBLISH of MQTT 5.0.</summary>
    public static byte[] Publish5(
        string topic,
        byte[] payload,
        int qos = 0,
        ushort packetIdentifier = 0,
        bool retain = false,
        bool duplicate = false,
        params byte[][] properties) =>
        Packet(PublishFlags(qos, retain, duplicate), [.. Text(topic), .. qos > 0 ? TwoBytes(packetIdentifier) : [], .. Properties(properties), .. payload]);

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP; a reason code makes it one of MQTT 5.0.</summary>
    public static byte[] Acknowledgement(PacketType type, ushort packetIdentifier, byte? reasonCode = null)
    {
        var firstByte = (byte)(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0));
        return reasonCode is { } code ? Packet(firstByte, [.. TwoBytes(packetIdentifier), code]) : Packet(firstByte, TwoBytes(packetIdentifier));
    }

    /// <summary>DISCONNECT of MQTT 5.0.</summary>
    public static byte[] Disconnect5(byte reasonCode, params byte[][] properties) =>
        properties is { Length: > 0 } ? Packet(0xE0, [reasonCode, .. Properties(properties)]) : Packet(0xE0, reasonCode);

    public static byte[] PingResp() => [0xD0, 0];

    /// <summary>A property with a two byte value, such as Receive Maximum (0x21) or Server Keep Alive (0x13).</summary>
    public static byte[] UInt16Property(byte identifier, ushort value) => [identifier, .. TwoBytes(value)];

    /// <summary>A property with a four byte value, such as Maximum Packet Size (0x27) or Session Expiry Interval (0x11).</summary>
    public static byte[] UInt32Property(byte identifier, uint value)
    {
        var bytes = new byte[5];
        bytes[0] = identifier;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    /// <summary>A property with a one byte value, such as Maximum QoS (0x24) or Retain Available (0x25).</summary>
    public static byte[] ByteProperty(byte identifier, byte value) => [identifier, value];

    /// <summary>A property with a text value, such as Assigned Client Identifier (0x12), Reason String (0x1F) or Server Reference (0x1C).</summary>
    public static byte[] TextProperty(byte identifier, string value) => [identifier, .. Text(value)];

    /// <summary>A UTF-8 encoded string (MQTT 5.0, 1.5.4).</summary>
    public static byte[] Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return [.. TwoBytes((ushort)bytes.Length), .. bytes];
    }

    public static byte[] TwoBytes(ushort value) => [(byte)(value >> 8), (byte)value];

    /// <summary>A variable byte integer (MQTT 5.0, 1.5.5).</summary>
    public static byte[] VariableByteInteger(int value)
    {
        var bytes = new List<byte>(4);
        do
        {
            bytes.Add((byte)((value & 127) | (value > 127 ? 128 : 0)));
            value >>= 7;
        }
        while (value > 0);
        return [.. bytes];
    }

    private static byte[] Properties(byte[][] properties)
    {
        var joined = properties.SelectMany(property => property).ToArray();
        return [.. VariableByteInteger(joined.Length), .. joined];
    }

    private static byte PublishFlags(int qos, bool retain, bool duplicate) => (byte)(0x30 | (duplicate ? 8 : 0) | (qos << 1) | Flag(retain));

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;
}
