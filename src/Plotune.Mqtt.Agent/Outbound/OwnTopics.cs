using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>The topics that bridges publish to, which are no news to a connection that is subscribed to them. Thread-safe.</summary>
internal sealed class OwnTopics
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    /// <summary>A variable was added. Called by who adds it.</summary>
    public event Action<string>? Added;

    public void Add(string name)
    {
        if (_names.TryAdd(name, true))
            Added?.Invoke(name);
    }

    public void Remove(string name) => _names.TryRemove(name, out _);

    /// <summary>Topics of the bridges there are, if this connection is a producer: chosen or not, since it may have been before and the broker may have retained what was published then.</summary>
    public IReadOnlyList<string> Of(BrokerConnectionConfig config) => [.. _names.Keys.Order(StringComparer.Ordinal).SelectMany(name => Of(config, name))];

    /// <summary>The topic of one variable; none if the connection is no producer.</summary>
    public static IReadOnlyList<string> Of(BrokerConnectionConfig config, string name) => config.Producer ? [ProducerTopics.Below(config.ProducerTopic, name)] : [];
}
