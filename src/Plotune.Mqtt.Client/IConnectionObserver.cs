namespace Plotune.Mqtt.Client;

/// <summary>
/// What a <see cref="BrokerConnection"/> tells its owner besides messages. Calls come one at a time from the connection's own loop;
/// an implementation must return quickly and must not throw.
/// </summary>
public interface IConnectionObserver
{
    /// <summary>The state, or what is known about it, changed.</summary>
    void StatusChanged(ConnectionStatus status);

    /// <summary>SUBACK refused a filter. The rest of the subscription stands.</summary>
    /// <param name="filter">The topic filter.</param>
    /// <param name="reasonName">Name of the SUBACK reason code.</param>
    /// <param name="reason">A sentence a person can act on.</param>
    void SubscriptionRefused(string filter, string reasonName, string reason);

    /// <summary>SUBACK granted a filter, possibly at a lower QoS than asked for.</summary>
    void SubscriptionGranted(string filter, QualityOfService granted);

    /// <summary>UNSUBACK answered for a filter.</summary>
    /// <param name="filter">The topic filter.</param>
    /// <param name="reasonName">Name of the UNSUBACK reason code; <c>Success</c> in MQTT 3.1.1, which has none.</param>
    /// <param name="reason">A sentence a person can act on; empty if nothing is wrong.</param>
    void Unsubscribed(string filter, string reasonName, string reason)
    {
    }

    /// <summary>The broker had no session although one was expected: messages sent meanwhile may be missing.</summary>
    void SessionLost();

    /// <summary>
    /// What the broker's session holds, whole, whenever that changes, and before a packet is sent that may change it. To be stored by an owner whose
    /// session outlives it, and given back as <see cref="BrokerConnectionOptions.HeldSubscriptions"/>.
    /// </summary>
    void SubscriptionsHeld(IReadOnlyList<HeldSubscription> subscriptions)
    {
    }
}
