using System.Text;
using MQTTnet.Packets;

namespace Plotune.Mqtt.Client.Receive;

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

    /// <summary>Takes the topic out of a packet whose alias the broker knows.</summary>
    public bool TryReplace(MqttPublishPacket publish)
    {
        if (!_aliases.TryGetValue(publish.Topic, out var alias))
            return false;
        publish.Topic = "";
        publish.TopicAlias = alias;
        return true;
    }

    /// <summary>Adds a new alias to a packet that must then be sent with its topic.</summary>
    /// <param name="size">Size of the packet without an alias.</param>
    public bool TryAssign(MqttPublishPacket publish, int size)
    {
        if (_aliases.Count >= _maximum || Encoding.UTF8.GetByteCount(publish.Topic) < ShortestTopic || size + (long)LargestGrowth > maximumPacketSize)
            return false;
        publish.TopicAlias = (ushort)(_aliases.Count + 1);
        _aliases.Add(publish.Topic, publish.TopicAlias);
        return true;
    }
}
