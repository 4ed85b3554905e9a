using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>Settings as they travel, in the words of the client.</summary>
internal static class ConnectionSettings
{
    public static bool IsProtocol(string protocol) => protocol is "auto" or "3.1.1" or "5.0";

    public static BrokerConnectionOptions ToOptions(WorkerSettings settings) => new()
    {
        Address = new BrokerAddress(settings.Host, settings.Port),
        Protocol = settings.Protocol switch
        {
            "3.1.1" => ProtocolPreference.V311,
            "5.0" => ProtocolPreference.V500,
            _ => ProtocolPreference.Auto,
        },
        ClientId = settings.ClientId,
        UserName = settings.UserName,
        Password = settings.Password,
        CleanStart = settings.CleanSession,
        SessionExpiry = TimeSpan.FromSeconds(settings.SessionExpirySeconds),
        KeepAlive = TimeSpan.FromSeconds(settings.KeepAliveSeconds),
        MaximumPacketSize = settings.Limits.MaximumPacketBytes,
        ReconnectDelay = TimeSpan.FromSeconds(settings.Limits.ReconnectDelaySeconds),
        ReconnectDelayMaximum = TimeSpan.FromSeconds(settings.Limits.ReconnectDelayMaximumSeconds),
    };

    public static TopicSubscription[] ToSubscriptions(WorkerTopic[] topics) =>
        [.. topics.Select(topic => new TopicSubscription(topic.Filter, (QualityOfService)topic.Qos))];
}
