using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What a worker is told of a connection's settings.</summary>
internal static class WorkerSettingsFactory
{
    public static WorkerSettings Create(BrokerConnectionConfig config, WorkerMode mode, WorkerLimits limits) => new()
    {
        Name = config.Name,
        Mode = mode,
        Host = config.Host,
        Port = config.Port,
        Protocol = config.Protocol switch { ProtocolPreference.V311 => "3.1.1", ProtocolPreference.V500 => "5.0", _ => "auto" },
        ClientId = config.ClientId,
        UserName = config.UserName.Length == 0 ? null : config.UserName,
        Password = config.Password.IsEmpty ? null : config.Password.Reveal(),
        CleanSession = config.CleanSession,
        SessionExpirySeconds = WholeSeconds(config.SessionExpiry),
        KeepAliveSeconds = WholeSeconds(config.KeepAlive),
        Topics = Topics(config),
        Limits = limits,
    };

    /// <summary>The filters as they go to the broker; those of a shared subscription with its prefix (MQTT 5.0, 4.8.2).</summary>
    public static WorkerTopic[] Topics(BrokerConnectionConfig config) =>
        [.. config.Topics.Select(topic => new WorkerTopic(config.ShareGroup.Length == 0 ? topic.Filter : $"$share/{config.ShareGroup}/{topic.Filter}", (int)topic.QualityOfService))];

    /// <summary>Whether a running worker would have to be started anew to go from one config to the other. Its topics can change while it runs; what concerns publishing does not concern it.</summary>
    public static bool NeedsRestart(BrokerConnectionConfig from, BrokerConnectionConfig to) => Essence(from) != Essence(to);

    private static BrokerConnectionConfig Essence(BrokerConnectionConfig config) => config with
    {
        Topics = [],
        ShareGroup = "",
        Producer = false,
        ProducerTopic = "",
        Retain = false,
        SigningSecret = Secret.None,
        VerifySecret = Secret.None,
    };

    private static int WholeSeconds(TimeSpan time) => (int)Math.Clamp(time.TotalSeconds, 0, int.MaxValue);
}
