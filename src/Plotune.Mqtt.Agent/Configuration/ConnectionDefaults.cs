using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Connections made from nothing but an address.</summary>
internal static class ConnectionDefaults
{
    /// <summary>The connection <c>{host}:{port}</c> as <paramref name="uri"/> describes it; what it does not say is kept, or else the default.</summary>
    public static BrokerConnectionConfig Merge(BrokerConnectionConfig? stored, BrokerUri uri, MqttDefaults defaults)
    {
        var config = stored ?? new BrokerConnectionConfig
        {
            Name = uri.Address.ToString(),
            Host = uri.Address.Host,
            Port = uri.Address.Port,
            KeepAlive = defaults.KeepAlive,
            CleanSession = defaults.CleanSession,
        };
        List<TopicFilterConfig> topics = [.. config.Topics];
        if (uri.TopicFilter is { } filter) TopicListText.Merge(topics, new TopicFilterConfig(filter, defaults.QualityOfService));
        if (topics.Count == 0) topics.Add(new TopicFilterConfig(defaults.Topic, defaults.QualityOfService));
        return config with
        {
            Enabled = true,
            UserName = string.IsNullOrEmpty(uri.UserName) ? config.UserName : uri.UserName,
            Password = string.IsNullOrEmpty(uri.Password) ? config.Password : Secret.From(uri.Password),
            Topics = topics,
        };
    }
}
