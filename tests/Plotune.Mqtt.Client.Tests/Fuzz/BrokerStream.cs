using System.Text;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Fuzz;

/// <summary>What a broker might send on one connection, by the letter; the same for the same random numbers.</summary>
/// <param name="Bytes">CONNACK, and packets of every type.</param>
/// <param name="Messages">How many of them the handler must get.</param>
internal sealed record BrokerStream(byte[] Bytes, int Messages)
{
    private const int MostPackets = 24;
    private const int LargestPayload = 400;

    public static BrokerStream Random(Random random, bool isVersion5)
    {
        var bytes = new List<byte>(isVersion5 ? PacketBytes.ConnAck5(properties: ConnAckProperties(random)) : PacketBytes.ConnAck311());
        var messages = 0;
        var exactlyOnce = new HashSet<ushort>();
        for (var left = random.Next(MostPackets); left > 0; left--)
        {
            var identifier = (ushort)random.Next(1, 10);
            switch (random.Next(10))
            {
                case < 5:
                    var qos = random.Next(3);
                    messages += qos < 2 || exactlyOnce.Add(identifier) ? 1 : 0;
                    bytes.AddRange(Publish(random, isVersion5, qos, identifier));
                    break;
                case 5:
                    exactlyOnce.Remove(identifier);
                    bytes.AddRange(PacketBytes.Acknowledgement(PacketType.PubRel, identifier));
                    break;
                case 6:
                    bytes.AddRange(PacketBytes.Acknowledgement((PacketType)random.Next(4, 6), identifier, isVersion5 && random.Next(2) == 0 ? (byte)0x80 : null));
                    break;
                case 7:
                    bytes.AddRange(isVersion5 ? PacketBytes.SubAck5(identifier, 0, 0x80, 2) : PacketBytes.SubAck311(identifier, 0, 0x80, 2));
                    break;
                case 8:
                    bytes.AddRange(isVersion5 ? PacketBytes.UnsubAck5(identifier, 0, 0x11) : PacketBytes.UnsubAck311(identifier));
                    break;
                default:
                    bytes.AddRange(PacketBytes.PingResp());
                    break;
            }
        }

        if (isVersion5 && random.Next(4) == 0)
            bytes.AddRange(PacketBytes.Disconnect5(0x8B, PacketBytes.TextProperty(0x1F, "going down")));
        return new BrokerStream([.. bytes], messages);
    }

    private static byte[] Publish(Random random, bool isVersion5, int qos, ushort identifier)
    {
        var topic = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => "plant ä日"[random.Next(8)..]));
        var payload = new byte[random.Next(LargestPayload)];
        random.NextBytes(payload);
        var retain = random.Next(2) == 0;
        return isVersion5
            ? PacketBytes.Publish5(topic, payload, qos, identifier, retain, properties: PublishProperties(random))
            : PacketBytes.Publish311(topic, payload, qos, identifier, retain);
    }

    private static byte[][] PublishProperties(Random random) => Some(
        random,
        PacketBytes.ByteProperty(0x01, 1),
        PacketBytes.UInt32Property(0x02, 60),
        PacketBytes.TextProperty(0x03, "application/json"),
        PacketBytes.TextProperty(0x08, "answers/here"),
        [0x09, 0, 3, 0, 255, 7],
        [0x0B, 0x80, 0x01],
        PacketBytes.UInt16Property(0x23, (ushort)random.Next(1, 5)),
        [0x26, .. PacketBytes.Text("name"), .. PacketBytes.Text("value")]);

    private static byte[][] ConnAckProperties(Random random) => Some(
        random,
        PacketBytes.UInt32Property(0x11, 100),
        PacketBytes.UInt16Property(0x21, 20),
        PacketBytes.ByteProperty(0x24, 1),
        PacketBytes.ByteProperty(0x25, 1),
        PacketBytes.UInt32Property(0x27, 10_000),
        PacketBytes.TextProperty(0x1F, Encoding.UTF8.GetString("welcome"u8)));

    private static byte[][] Some(Random random, params byte[][] properties) => [.. properties.Where(_ => random.Next(4) == 0)];
}
