using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Between settings and their stored form, secrets encrypted and decrypted on the way.</summary>
internal sealed class ConnectionRecord(SecretProtector protector)
{
    // Part of what a secret is encrypted for, and shown to a person when it is lost; never renamed.
    private const string Password = "password";
    private const string Key = "private key";
    private const string KeyPassword = "key password";
    private const string SigningSecret = "signing secret";
    private const string VerifySecret = "verify secret";
    private const string Header = "header ";
    private const string ProxyPassword = "proxy password";

    /// <exception cref="StorageException">A secret cannot be encrypted.</exception>
    public StoredConnection ToStored(BrokerConnectionConfig config) => new()
    {
        Enabled = config.Enabled,
        Host = config.Host,
        Port = config.Port,
        Transport = config.Transport,
        Path = config.Path,
        Headers = [.. config.Headers.Select(header => new StoredHeader(header.Name, protector.Protect(header.Value, config.Name, Header + header.Name)))],
        Proxy = config.Proxy is { } proxy ? ToStored(proxy, config.Name) : null,
        Protocol = config.Protocol,
        ClientId = config.ClientId,
        UserName = config.UserName,
        Password = protector.Protect(config.Password, config.Name, Password),
        KeepAliveSeconds = config.KeepAlive.TotalSeconds,
        CleanSession = config.CleanSession,
        SessionExpirySeconds = config.SessionExpiry.TotalSeconds,
        Topics = [.. config.Topics.Select(ToStored)],
        ShareGroup = config.ShareGroup,
        Tls = ToStored(config.Tls, config.Name),
        Will = config.Will is { } will ? ToStored(will) : null,
        FollowRedirect = config.FollowRedirect,
        Workers = config.Workers,
        Producer = config.Producer,
        ProducerSinceMilliseconds = config.ProducerSince?.ToUnixTimeMilliseconds(),
        ProducerTopic = config.ProducerTopic,
        ProducerQos = config.ProducerQos,
        Retain = config.Retain,
        TakeOwnMessages = config.TakeOwnMessages,
        SigningSecret = protector.Protect(config.SigningSecret, config.Name, SigningSecret),
        VerifySecret = protector.Protect(config.VerifySecret, config.Name, VerifySecret),
    };

    public BrokerConnectionConfig FromStored(string name, StoredConnection stored)
    {
        return new BrokerConnectionConfig
        {
            Name = name,
            Enabled = stored.Enabled,
            Host = stored.Host,
            Port = stored.Port,
            Transport = stored.Transport,
            Path = stored.Path,
            Headers = [.. stored.Headers.Select(header => new HeaderConfig(header.Name, Reveal(header.Value, Header + header.Name)))],
            Proxy = stored.Proxy is { } proxy
                ? new ProxyConfig(proxy.Host, proxy.Port) { UserName = proxy.UserName, Password = Reveal(proxy.Password, ProxyPassword) }
                : null,
            Protocol = stored.Protocol,
            ClientId = stored.ClientId,
            UserName = stored.UserName,
            Password = Reveal(stored.Password, Password),
            KeepAlive = TimeSpan.FromSeconds(stored.KeepAliveSeconds),
            CleanSession = stored.CleanSession,
            SessionExpiry = TimeSpan.FromSeconds(stored.SessionExpirySeconds),
            Topics = [.. stored.Topics.Select(FromStored)],
            ShareGroup = stored.ShareGroup,
            Tls = TlsFromStored(stored.Tls, name),
            Will = stored.Will is { } will ? FromStored(will) : null,
            FollowRedirect = stored.FollowRedirect,
            Workers = Math.Clamp(stored.Workers, 1, BrokerConnectionConfig.MaximumWorkers),
            Producer = stored.Producer,
            ProducerSince = stored.ProducerSinceMilliseconds is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
            ProducerTopic = stored.ProducerTopic,
            ProducerQos = stored.ProducerQos,
            Retain = stored.Retain,
            TakeOwnMessages = stored.TakeOwnMessages,
            SigningSecret = Reveal(stored.SigningSecret, SigningSecret),
            VerifySecret = Reveal(stored.VerifySecret, VerifySecret),
        };

        Secret Reveal(string text, string member) => protector.Unprotect(text, name, member);
    }

    public TlsConfig TlsFromStored(StoredTls tls, string name) => new()
    {
        Ca = tls.Ca,
        Certificate = tls.Certificate,
        Key = protector.Unprotect(tls.Key, name, Key),
        KeyPassword = protector.Unprotect(tls.KeyPassword, name, KeyPassword),
        ServerName = tls.ServerName,
        MinimumVersion = tls.MinimumVersion,
        Verify = tls.Verify,
        CheckRevocation = tls.CheckRevocation,
        ApplicationProtocols = [.. tls.ApplicationProtocols],
    };

    /// <exception cref="StorageException">A secret cannot be encrypted.</exception>
    public StoredTls ToStored(TlsConfig tls, string name) => new()
    {
        Ca = tls.Ca,
        Certificate = tls.Certificate,
        Key = protector.Protect(tls.Key, name, Key),
        KeyPassword = protector.Protect(tls.KeyPassword, name, KeyPassword),
        ServerName = tls.ServerName,
        MinimumVersion = tls.MinimumVersion,
        Verify = tls.Verify,
        CheckRevocation = tls.CheckRevocation,
        ApplicationProtocols = [.. tls.ApplicationProtocols],
    };

    private StoredProxy ToStored(ProxyConfig proxy, string name) => new(proxy.Host, proxy.Port)
    {
        UserName = proxy.UserName,
        Password = protector.Protect(proxy.Password, name, ProxyPassword),
    };

    private static StoredTopic ToStored(TopicFilterConfig topic) => new(topic.Filter, topic.QualityOfService)
    {
        RetainHandling = topic.RetainHandling,
        RetainAsPublished = topic.RetainAsPublished,
        NoLocal = topic.NoLocal,
    };

    private static TopicFilterConfig FromStored(StoredTopic topic) => new(topic.Filter, topic.Qos)
    {
        RetainHandling = topic.RetainHandling,
        RetainAsPublished = topic.RetainAsPublished,
        NoLocal = topic.NoLocal,
    };

    private static StoredWill ToStored(WillConfig will) => new(will.Topic, will.Payload)
    {
        Qos = will.QualityOfService,
        Retain = will.Retain,
        DelaySeconds = will.Delay.TotalSeconds,
    };

    private static WillConfig FromStored(StoredWill will) => new(will.Topic, will.Payload)
    {
        QualityOfService = will.Qos,
        Retain = will.Retain,
        Delay = TimeSpan.FromSeconds(will.DelaySeconds),
    };
}
