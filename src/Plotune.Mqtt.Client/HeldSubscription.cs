namespace Plotune.Mqtt.Client;

/// <summary>A subscription the broker's session holds for us.</summary>
/// <param name="IsConfirmed">False between SUBSCRIBE and SUBACK, or between UNSUBSCRIBE and UNSUBACK: the session may or may not hold it.</param>
public sealed record HeldSubscription(TopicSubscription Subscription, bool IsConfirmed);
