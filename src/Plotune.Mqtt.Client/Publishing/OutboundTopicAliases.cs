namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Replaces topics of one connection by Topic Aliases, first come, first served (MQTT 5.0, 3.3.2.3.4). An alias is never given to another topic, so
/// that it means the same however long a packet waits. To be used where packets are encoded in the order they are sent.
/// </summary>
/// <param name="maximum">Topic Alias Maximum of CONNACK [MQTT-3.2.2-17].</param>
/// <param name="maximumPacketSize">Maximum Packet Size of CONNACK.</param>
internal sealed class OutboundTopicAliases(int maximum, int maximumPacketSize)
{
    /// <summary>The topics somebody publishes to are few, or so many that aliases would not help.</summary>
    internal const int Most = 64;

    /// <summary>With a shorter topic the property is hardly smaller than what it replaces.</summary>
    internal const int ShortestTopic = 8;

    // The property, and a byte more in each of the two length fields.
    private const int LargestGrowth = 3 + 2;

    private readonly int _maximum = Math.Min(maximum, Most);
    private readonly Dictionary<string, ushort> _aliases = new(StringComparer.Ordinal);

    /// <param name="topicLength">Length of the topic in bytes.</param>
    /// <param name="size">Size of the packet without an alias.</param>
    /// <param name="isKnown">The broker knows the alias, so that the topic may be left out.</param>
    /// <returns>The alias to send; zero for none.</returns>
    public ushort Get(string topic, int topicLength, int size, out bool isKnown)
    {
        isKnown = _aliases.TryGetValue(topic, out var alias);
        if (isKnown || _aliases.Count >= _maximum || topicLength < ShortestTopic || size + (long)LargestGrowth > maximumPacketSize)
            return alias;
        alias = (ushort)(_aliases.Count + 1);
        _aliases.Add(topic, alias);
        return alias;
    }
}
