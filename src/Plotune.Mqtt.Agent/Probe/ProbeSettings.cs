using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>What a probe is to do, in this order: connect, subscribe, unsubscribe, publish, and stay.</summary>
internal sealed record ProbeSettings
{
    public required BrokerConnectionOptions Connection { get; init; }

    public IReadOnlyList<TopicSubscription> Subscribe { get; init; } = [];

    public IReadOnlyList<string> Unsubscribe { get; init; } = [];

    public IReadOnlyList<OutboundPublish> Publish { get; init; } = [];
}
