using System.Globalization;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What a worker is told of a connection's settings.</summary>
internal static class WorkerSettingsFactory
{
    /// <param name="held">What the broker's session of this worker is known to hold.</param>
    /// <param name="ownTopics">What the connection publishes to.</param>
    /// <exception cref="InvalidOperationException">A secret is lost: ask <see cref="LostSecrets"/> first.</exception>
    public static WorkerSettings Create(WorkerTask task, WorkerMode mode, WorkerLimits limits, WorkerHeldTopic[] held, IReadOnlyList<string> ownTopics)
    {
        var (config, share) = task;
        return new WorkerSettings
        {
            Name = NameOf(task),
            Mode = mode,
            Host = config.Host,
            Port = config.Port,
            Transport = config.Transport,
            Path = config.Path,
            Headers = [.. config.Headers.Select(header => new WorkerHeader(header.Name, header.Value.Reveal()))],
            Tls = Tls(config.Tls),
            Proxy = config.Proxy is { } proxy ? new WorkerProxy(proxy.Host, proxy.Port) { UserName = proxy.UserName, Password = proxy.Password.Reveal() } : null,
            Will = share.Index == 0 && config.Will is { } will ? Will(will) : null,
            FollowRedirect = config.FollowRedirect,
            Part = share.Part,
            Parts = share.Parts,
            HeldTopics = config.CleanSession ? [] : held,
            Protocol = ProtocolText.NameOf(config.Protocol),
            ClientId = share.ClientId,
            UserName = config.UserName.Length == 0 ? null : config.UserName,
            Password = TextOf(config.Password),
            CleanSession = config.CleanSession,
            SessionExpirySeconds = (uint)Math.Clamp(config.SessionExpiry.TotalSeconds, 0, uint.MaxValue),
            KeepAliveSeconds = WholeSeconds(config.KeepAlive),
            Topics = Topics(task),
            SigningSecret = share.Index == 0 ? TextOf(config.SigningSecret) : null,
            VerifySecret = TextOf(config.VerifySecret),
            TakeOwnMessages = config.TakeOwnMessages,
            OwnTopics = [.. ownTopics],
            Limits = limits,
        };
    }

    /// <summary>The filters as they go to the broker; those of a shared subscription with its prefix (MQTT 5.0, 4.8.2).</summary>
    public static WorkerTopic[] Topics(WorkerTask task) =>
    [
        .. task.Share.Topics.Select(topic => new WorkerTopic(task.Config.ShareGroup.Length == 0 ? topic.Filter : topic.SharedBy(task.Config.ShareGroup), (int)topic.QualityOfService)
        {
            RetainHandling = (int)topic.RetainHandling,
            RetainAsPublished = topic.RetainAsPublished,
            NoLocal = topic.NoLocal,
        }),
    ];

    /// <summary>What a worker is called in logs: the connection's name, with a number from the second worker on.</summary>
    public static string NameOf(WorkerTask task) =>
        task.Share.Index == 0 ? task.Config.Name : string.Create(CultureInfo.InvariantCulture, $"{task.Config.Name} ({task.Share.Index + 1})");

    /// <summary>Whether a running worker would have to be started anew to go from one task to the other. Its topics can change while it runs; what bridges publish, and where, does not concern it.</summary>
    public static bool NeedsRestart(WorkerTask from, WorkerTask to) =>
        Essence(UsedBy(from)) != Essence(UsedBy(to)) || from.Share with { Topics = [] } != to.Share with { Topics = [] };

    private static WorkerTls Tls(TlsConfig tls) => new()
    {
        Ca = tls.Ca,
        Certificate = tls.Certificate,
        Key = tls.Key.Reveal(),
        KeyPassword = tls.KeyPassword.Reveal(),
        ServerName = tls.ServerName,
        MinimumVersion = tls.MinimumVersion,
        Verify = tls.Verify,
        CheckRevocation = tls.CheckRevocation,
        ApplicationProtocols = [.. tls.ApplicationProtocols],
    };

    private static WorkerWill Will(WillConfig will) => new(will.Topic, will.Payload)
    {
        Qos = (int)will.QualityOfService,
        Retain = will.Retain,
        DelaySeconds = WholeSeconds(will.Delay),
    };

    /// <summary>The settings without those that are another worker's, or that its transport has no use for.</summary>
    private static BrokerConnectionConfig UsedBy(WorkerTask task)
    {
        var config = task.Config;
        if (task.Share.Index > 0)
            config = config with { Will = null };
        if (!Transports.HasTls(config.Transport))
            config = config with { Tls = TlsConfig.Default };
        if (!Transports.IsWebSocket(config.Transport))
            config = config with { Path = BrokerConnectionConfig.DefaultPath, Headers = [] };
        return config;
    }

    private static BrokerConnectionConfig Essence(BrokerConnectionConfig config) => config with
    {
        Topics = [],
        ShareGroup = "",
        Workers = 1,
        Producer = false,
        ProducerSince = null,
        ProducerTopic = "",
        ProducerQos = default,
        Retain = false,
    };

    private static string? TextOf(Secret secret) => secret.IsEmpty ? null : secret.Reveal();

    private static int WholeSeconds(TimeSpan time) => (int)Math.Clamp(time.TotalSeconds, 0, int.MaxValue);
}
