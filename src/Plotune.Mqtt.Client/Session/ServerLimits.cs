using MQTTnet;
using MQTTnet.Formatter;

namespace Plotune.Mqtt.Client.Session;

/// <summary>What the broker allows on this connection, from CONNACK (MQTT 5.0, 3.2.2.3) or by the rules of 3.1.1.</summary>
internal sealed record ServerLimits
{
    /// <summary>The largest packet the protocol can express: Remaining Length of four bytes and its fixed header.</summary>
    public const int LargestPacket = 268_435_455 + 5;

    /// <summary>3.1.1 brokers do not say how much they take. Mosquitto takes 20 unless told otherwise, and drops the connection of whoever sends more.</summary>
    private const int Window311 = 20;

    public required MqttProtocolVersion Version { get; init; }

    public int MaximumPacketSize { get; init; } = LargestPacket;

    /// <summary>Topic aliases we may set; zero for none, as always in 3.1.1.</summary>
    public int TopicAliasMaximum { get; init; }

    /// <summary>How many QoS 1 and 2 publishes may be unacknowledged.</summary>
    public int Window { get; init; } = Window311;

    public QualityOfService MaximumQoS { get; init; } = QualityOfService.ExactlyOnce;

    public bool RetainAvailable { get; init; } = true;

    public bool WildcardSubscriptionAvailable { get; init; } = true;

    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>Never in 3.1.1, which has none.</summary>
    public bool SubscriptionIdentifiersAvailable { get; init; }

    public static ServerLimits From(MqttClientConnectResult result, MqttProtocolVersion version)
    {
        if (version != MqttProtocolVersion.V500)
            return new ServerLimits { Version = version };
        return new ServerLimits
        {
            Version = version,
            // MQTTnet gives zero for what CONNACK does not say.
            MaximumPacketSize = result.MaximumPacketSize is { } size and > 0 and < LargestPacket ? (int)size : LargestPacket,
            TopicAliasMaximum = result.TopicAliasMaximum,
            Window = result.ReceiveMaximum is { } maximum and > 0 ? maximum : ushort.MaxValue,
            MaximumQoS = (QualityOfService)result.MaximumQoS,
            RetainAvailable = result.RetainAvailable,
            WildcardSubscriptionAvailable = result.WildcardSubscriptionAvailable,
            SharedSubscriptionAvailable = result.SharedSubscriptionAvailable,
            SubscriptionIdentifiersAvailable = result.SubscriptionIdentifiersAvailable,
        };
    }
}
