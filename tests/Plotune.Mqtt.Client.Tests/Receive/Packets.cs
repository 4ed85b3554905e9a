using System.Text;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>Packets as bytes.</summary>
internal static class Packets
{
    public static readonly byte[] ConnAck4 = [0x20, 2, 0, 0];
    public static readonly byte[] ConnAck5 = [0x20, 3, 0, 0, 0];
    public static readonly byte[] PingResp = [0xD0, 0];

    public static byte[] PubRel(ushort identifier) => [0x62, 2, (byte)(identifier >> 8), (byte)identifier];

    public static byte[] Publish5(string topic, string payload, int qualityOfService = 0, ushort identifier = 0, byte[]? properties = null) =>
        Publish(topic, payload, qualityOfService, identifier, properties ?? []);

    public static byte[] Publish4(string topic, string payload, int qualityOfService = 0, ushort identifier = 0) =>
        Publish(topic, payload, qualityOfService, identifier, null);

    public static byte[] Packet(byte firstByte, params byte[] body) => [firstByte, .. Length(body.Length), .. body];

    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    public static byte[] Length(int value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)(value & 0x7F | (value > 0x7F ? 0x80 : 0)));
            value >>= 7;
        }
        while (value > 0);
        return [.. bytes];
    }

    private static byte[] Publish(string topic, string payload, int qualityOfService, ushort identifier, byte[]? properties)
    {
        byte[] identifierBytes = qualityOfService > 0 ? [(byte)(identifier >> 8), (byte)identifier] : [];
        byte[] propertyBytes = properties is null ? [] : [.. Length(properties.Length), .. properties];
        return Packet((byte)(0x30 | qualityOfService << 1), [.. Text(topic), .. identifierBytes, .. propertyBytes, .. Encoding.UTF8.GetBytes(payload)]);
    }
}
