namespace Plotune.Mqtt.Client;

/// <summary>One topic filter with its subscription options (MQTT 5.0, 3.8.3.1).</summary>
public sealed record TopicSubscription(string Filter, QualityOfService QualityOfService = QualityOfService.AtMostOnce)
{
    /// <summary>No Local; sent in MQTT 5.0 only. (default: off)</summary>
    public bool NoLocal { get; init; }

    /// <summary>Retain As Published; sent in MQTT 5.0 only. (default: off)</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>Retain Handling; sent in MQTT 5.0 only. (default: send at subscribe)</summary>
    public RetainHandling RetainHandling { get; init; }

    /// <summary>Subscription Identifier, 1 to 268,435,455, which comes back with every message of this subscription; zero sends none. MQTT 5.0 only. (default: 0)</summary>
    public uint SubscriptionIdentifier { get; init; }
}

/// <summary>When a broker sends retained messages for a subscription (MQTT 5.0, 3.8.3.1).</summary>
public enum RetainHandling : byte
{
    SendAtSubscribe = 0,
    SendAtSubscribeIfNew = 1,
    DoNotSend = 2,
}
