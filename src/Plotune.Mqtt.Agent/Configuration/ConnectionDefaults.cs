using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Connections made from nothing but an address.</summary>
internal static class ConnectionDefaults
{
    /// <summary>The connection <c>{host}:{port}</c>, or named by the path of a socket, as <paramref name="address"/> describes it; what it does not say is kept, or else the default.</summary>
    public static BrokerConnectionConfig Merge(BrokerConnectionConfig? stored, TypedAddress address, MqttDefaults defaults)
    {
        var uri = address.Uri;
        var config = stored ?? new BrokerConnectionConfig
        {
            Name = NameOf(address),
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
            // A connection of this name may have been led elsewhere since.
            Host = uri.Address.Host,
            Port = uri.Address.Port,
            Transport = address.NamesTransport || config.Transport == BrokerTransport.Unix ? uri.Transport : config.Transport,
            Path = uri.WebSocketPath ?? config.Path,
            UserName = string.IsNullOrEmpty(uri.UserName) ? config.UserName : uri.UserName,
            Password = string.IsNullOrEmpty(uri.Password) ? config.Password : Secret.From(uri.Password),
            Topics = [.. topics],
        };
    }

    /// <summary>What the connection to this address is called.</summary>
    public static string NameOf(TypedAddress address) => address.Uri.Address.ToString();
}
