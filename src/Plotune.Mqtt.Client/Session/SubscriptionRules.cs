namespace Plotune.Mqtt.Client.Session;

/// <summary>Finds subscriptions that this broker cannot take, so that one of them does not cost the whole SUBSCRIBE, or the connection.</summary>
internal static class SubscriptionRules
{
    // What a variable byte integer can express (MQTT 5.0, 3.8.2.1.2).
    private const uint LargestIdentifier = 268_435_455;

    /// <returns>Null if the subscription may be sent.</returns>
    public static ReasonCode? Refuse(TopicSubscription subscription, ServerLimits limits)
    {
        if (MqttTopic.FilterError(subscription.Filter) is { } error)
            return ReasonCodes.SubAck(0x8F) with { Sentence = error };
        if (MqttTopic.IsShared(subscription.Filter))
        {
            if (!limits.SharedSubscriptionAvailable)
                return ReasonCodes.SubAck(0x9E);
            if (subscription.NoLocal) // [MQTT-3.8.3-4]
                return ReasonCodes.SubAck(0x8F) with { Sentence = "A shared subscription cannot be combined with No Local." };
        }

        if (MqttTopic.HasWildcard(subscription.Filter) && !limits.WildcardSubscriptionAvailable)
            return ReasonCodes.SubAck(0xA2);
        if (subscription.SubscriptionIdentifier > LargestIdentifier)
            return ReasonCodes.SubAck(0xA1) with { Sentence = "A subscription identifier is at most 268,435,455." };
        var identifier = limits.SubscriptionIdentifiersAvailable ? subscription.SubscriptionIdentifier : 0;
        return SubscribePackets.Fits(subscription.Filter, limits, identifier)
            ? null
            : new ReasonCode(0x95, "PacketTooLarge", "The filter is longer than this broker accepts in a packet.", ReasonClass.Final);
    }
}
