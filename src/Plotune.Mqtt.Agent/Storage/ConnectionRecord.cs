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

    /// <exception cref="StorageException">A secret cannot be encrypted.</exception>
    public StoredConnection ToStored(BrokerConnectionConfig config) => new()
    {
        Enabled = config.Enabled,
        Host = config.Host,
        Port = config.Port,
        Transport = config.Transport,
        Path = config.Path,
        Protocol = config.Protocol,
        ClientId = config.ClientId,
        UserName = config.UserName,
        Password = protector.Protect(config.Password, config.Name, Password),
        KeepAliveSeconds = config.KeepAlive.TotalSeconds,
        CleanSession = config.CleanSession,
        SessionExpirySeconds = config.SessionExpiry.TotalSeconds,
        Topics = [.. config.Topics.Select(topic => new StoredTopic(topic.Filter, topic.QualityOfService))],
        ShareGroup = config.ShareGroup,
        Tls = ToStored(config.Tls, config.Name),
        Producer = config.Producer,
        ProducerTopic = config.ProducerTopic,
        Retain = config.Retain,
        SigningSecret = protector.Protect(config.SigningSecret, config.Name, SigningSecret),
        VerifySecret = protector.Protect(config.VerifySecret, config.Name, VerifySecret),
    };

    public LoadedConnection FromStored(string name, StoredConnection stored)
    {
        var lost = new List<string>();
        var config = new BrokerConnectionConfig
        {
            Name = name,
            Enabled = stored.Enabled,
            Host = stored.Host,
            Port = stored.Port,
            Transport = stored.Transport,
            Path = stored.Path,
            Protocol = stored.Protocol,
            ClientId = stored.ClientId,
            UserName = stored.UserName,
            Password = Reveal(stored.Password, Password),
            KeepAlive = TimeSpan.FromSeconds(stored.KeepAliveSeconds),
            CleanSession = stored.CleanSession,
            SessionExpiry = TimeSpan.FromSeconds(stored.SessionExpirySeconds),
            Topics = [.. stored.Topics.Select(topic => new TopicFilterConfig(topic.Filter, topic.Qos))],
            ShareGroup = stored.ShareGroup,
            Tls = FromStored(stored.Tls),
            Producer = stored.Producer,
            ProducerTopic = stored.ProducerTopic,
            Retain = stored.Retain,
            SigningSecret = Reveal(stored.SigningSecret, SigningSecret),
            VerifySecret = Reveal(stored.VerifySecret, VerifySecret),
        };
        return new LoadedConnection(config, lost);

        TlsConfig FromStored(StoredTls tls) => new()
        {
            Ca = tls.Ca,
            Certificate = tls.Certificate,
            Key = Reveal(tls.Key, Key),
            KeyPassword = Reveal(tls.KeyPassword, KeyPassword),
            ServerName = tls.ServerName,
            MinimumVersion = tls.MinimumVersion,
            Verify = tls.Verify,
        };

        Secret Reveal(string text, string member)
        {
            if (!protector.TryUnprotect(text, name, member, out var secret))
                lost.Add(member);
            return secret;
        }
    }

    private StoredTls ToStored(TlsConfig tls, string name) => new()
    {
        Ca = tls.Ca,
        Certificate = tls.Certificate,
        Key = protector.Protect(tls.Key, name, Key),
        KeyPassword = protector.Protect(tls.KeyPassword, name, KeyPassword),
        ServerName = tls.ServerName,
        MinimumVersion = tls.MinimumVersion,
        Verify = tls.Verify,
    };
}
