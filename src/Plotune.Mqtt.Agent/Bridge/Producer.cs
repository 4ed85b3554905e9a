using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The connection bridged variables are published through, and how.</summary>
/// <param name="Topic">The topic below which they are published.</param>
internal sealed record Producer(string Connection, string Topic, QualityOfService QualityOfService, bool Retain)
{
    public string TopicOf(string name) => ProducerTopics.Below(Topic, name);

    public OutboundMessage MessageOf(string name, ReadOnlyMemory<byte> payload) => new(TopicOf(name), payload, QualityOfService) { Retain = Retain, IsJson = true };
}

/// <summary>Which connection that is, or why there is none.</summary>
/// <param name="Reason">A sentence a person can act on; empty if there is one.</param>
internal sealed record ProducerChoice(Producer? Producer, string Reason);
