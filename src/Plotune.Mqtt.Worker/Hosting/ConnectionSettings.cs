using System.Text;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>Settings as they travel, in the words of the client.</summary>
internal static class ConnectionSettings
{
    public static bool IsProtocol(string protocol) => protocol is "auto" or "3.1.1" or "5.0";

    public static BrokerConnectionOptions ToOptions(WorkerSettings settings) => new()
    {
        Address = new BrokerAddress(settings.Host, settings.Port),
        Transport = settings.Transport,
        Tls = ToTls(settings.Tls),
        WebSocket = new WebSocketOptions
        {
            Path = settings.Path,
            Headers = [.. settings.Headers.Select(header => new KeyValuePair<string, string>(header.Name, header.Value))],
        },
        Proxy = settings.Proxy is { } proxy ? new ProxyOptions(proxy.Host, proxy.Port) { UserName = proxy.UserName, Password = proxy.Password } : null,
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
        // A clean session outlives a lost connection, so that nothing is missed, but not its worker: the broker would go on to collect messages for nobody.
        EndSessionOnStop = settings.CleanSession,
        KeepAlive = TimeSpan.FromSeconds(settings.KeepAliveSeconds),
        Will = settings.Will is { } will ? ToWill(will, settings.SigningSecret) : null,
        FollowRedirect = settings.FollowRedirect,
        HeldSubscriptions = [.. settings.HeldTopics.Select(held => new HeldSubscription(ToSubscription(held.Topic), held.IsConfirmed))],
        MaximumPacketSize = settings.Limits.MaximumPacketBytes,
        ReconnectDelay = TimeSpan.FromSeconds(settings.Limits.ReconnectDelaySeconds),
        ReconnectDelayMaximum = TimeSpan.FromSeconds(settings.Limits.ReconnectDelayMaximumSeconds),
    };

    public static TopicSubscription[] ToSubscriptions(WorkerTopic[] topics) => [.. topics.Select(ToSubscription)];

    public static WorkerHeldTopic[] ToHeldTopics(IReadOnlyList<HeldSubscription> subscriptions) =>
        [.. subscriptions.Select(held => new WorkerHeldTopic(ToTopic(held.Subscription), held.IsConfirmed))];

    private static WillMessage ToWill(WorkerWill will, string? signingSecret)
    {
        byte[]? payload = Encoding.UTF8.GetBytes(will.Payload);
        // The broker publishes it in our name, and who takes signed messages only would not believe it.
        if (signingSecret is not null && !new EnvelopeSigner(signingSecret).TryWrap(payload, out payload))
            throw new InvalidOperationException("The payload of the will cannot be signed.");

        return new WillMessage(will.Topic, payload, (QualityOfService)will.Qos, will.Retain) { Delay = TimeSpan.FromSeconds(will.DelaySeconds) };
    }

    private static TopicSubscription ToSubscription(WorkerTopic topic) => new(topic.Filter, (QualityOfService)topic.Qos)
    {
        NoLocal = topic.NoLocal,
        RetainAsPublished = topic.RetainAsPublished,
        RetainHandling = (RetainHandling)topic.RetainHandling,
    };

    private static WorkerTopic ToTopic(TopicSubscription subscription) => new(subscription.Filter, (int)subscription.QualityOfService)
    {
        NoLocal = subscription.NoLocal,
        RetainAsPublished = subscription.RetainAsPublished,
        RetainHandling = (int)subscription.RetainHandling,
    };

    private static TlsOptions ToTls(WorkerTls tls) => new()
    {
        Ca = tls.Ca,
        Certificate = tls.Certificate,
        Key = tls.Key,
        KeyPassword = tls.KeyPassword,
        ServerName = tls.ServerName,
        MinimumVersion = tls.MinimumVersion,
        Verify = tls.Verify,
        CheckRevocation = tls.CheckRevocation,
        ApplicationProtocols = tls.ApplicationProtocols,
    };
}
