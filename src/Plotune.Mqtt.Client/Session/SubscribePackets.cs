using System.Text;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Puts as many filters into one SUBSCRIBE or UNSUBSCRIBE as the broker's Maximum Packet Size allows. Pure.</summary>
internal static class SubscribePackets
{
    // Fixed header with a Remaining Length of four bytes, Packet Identifier, Property Length of MQTT 5.0.
    private const int PacketOverhead = 5 + 2 + 1;

    // Length prefix, and the options byte that only SUBSCRIBE has.
    private const int FilterOverhead = 2 + 1;

    /// <summary>Whether a filter fits into a packet of its own.</summary>
    public static bool Fits(string filter, ServerLimits limits, uint subscriptionIdentifier = 0) =>
        PacketOverhead + SizeOf(subscriptionIdentifier) + SizeOf(filter) <= limits.MaximumPacketSize;

    /// <param name="subscriptionIdentifier">Sent with every packet; zero for none.</param>
    public static IEnumerable<IReadOnlyList<T>> Split<T>(IReadOnlyList<T> items, Func<T, string> filterOf, ServerLimits limits, uint subscriptionIdentifier = 0)
    {
        var batch = new List<T>();
        var overhead = PacketOverhead + SizeOf(subscriptionIdentifier);
        var size = overhead;
        foreach (var item in items)
        {
            var itemSize = SizeOf(filterOf(item));
            if (batch.Count > 0 && size + itemSize > limits.MaximumPacketSize)
            {
                yield return batch;
                batch = [];
                size = overhead;
            }

            batch.Add(item);
            size += itemSize;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    // Its property identifier, and a variable byte integer.
    private static int SizeOf(uint subscriptionIdentifier) => subscriptionIdentifier == 0 ? 0 : 1 + 4;

    private static int SizeOf(string filter) => FilterOverhead + Encoding.UTF8.GetByteCount(filter);
}
