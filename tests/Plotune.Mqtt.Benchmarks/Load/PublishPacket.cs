using System.Text;

namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>PUBLISH as bytes (MQTT 5.0, 3.3; MQTT 3.1.1, 3.3).</summary>
internal static class PublishPacket
{
    public static byte[] Encode(string topic, string payload, int qos, ushort identifier, bool version5)
    {
        var name = Encoding.UTF8.GetBytes(topic);
        var content = Encoding.UTF8.GetBytes(payload);
        var remaining = 2 + name.Length + (qos > 0 ? 2 : 0) + (version5 ? 1 : 0) + content.Length;
        var packet = new List<byte> { (byte)(0x30 | (qos << 1)) };
        for (var rest = remaining; ;)
        {
            packet.Add((byte)((rest & 127) | (rest > 127 ? 128 : 0)));
            rest >>= 7;
            if (rest == 0)
            {
                break;
            }
        }

        packet.AddRange([(byte)(name.Length >> 8), (byte)name.Length, .. name]);
        if (qos > 0)
        {
            packet.AddRange([(byte)(identifier >> 8), (byte)identifier]);
        }

        if (version5)
        {
            packet.Add(0);
        }

        return [.. packet, .. content];
    }
}
