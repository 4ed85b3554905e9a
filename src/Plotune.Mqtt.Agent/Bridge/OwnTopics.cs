using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The topics that bridges publish to, which are no news to a connection that is subscribed to them. Depends on nothing, so that whoever starts workers can ask. Thread-safe.</summary>
internal sealed class OwnTopics
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    public void Add(string name) => _names[name] = true;

    public void Remove(string name) => _names.TryRemove(name, out _);

    /// <summary>Topics of the bridges there are, if this connection is a producer: chosen or not, since it may have been before and the broker may have retained what was published then.</summary>
    public IReadOnlyList<string> Of(BrokerConnectionConfig config) =>
        config.Producer ? [.. _names.Keys.Order(StringComparer.Ordinal).Select(name => ProducerTopics.Below(config.ProducerTopic, name))] : [];
}
