namespace Plotune.Mqtt.Agent.Signals;

/// <summary>A viewer, or all of them together, have as many subscriptions as allowed.</summary>
internal sealed class SubscriptionLimitException(int limit) : Exception($"No more than {limit} subscriptions are allowed.");
