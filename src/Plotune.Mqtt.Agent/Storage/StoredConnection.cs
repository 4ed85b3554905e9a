using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The stored form of a connection's settings. Members may be added, with a default for files written before; secrets are encrypted.</summary>
internal sealed record StoredConnection
{
    public bool Enabled { get; init; } = true;

    public required string Host { get; init; }

    public required int Port { get; init; }

    public BrokerTransport Transport { get; init; }

    public string Path { get; init; } = "/mqtt";

    public ProtocolPreference Protocol { get; init; }

    public string ClientId { get; init; } = "";

    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    public double KeepAliveSeconds { get; init; } = 60;

    public bool CleanSession { get; init; } = true;

    public double SessionExpirySeconds { get; init; } = 3600;

    public StoredTopic[] Topics { get; init; } = [];

    public string ShareGroup { get; init; } = "";

    public StoredTls Tls { get; init; } = new();

    public bool Producer { get; init; }

    public string ProducerTopic { get; init; } = "plotune";

    public bool Retain { get; init; }

    public string SigningSecret { get; init; } = "";

    public string VerifySecret { get; init; } = "";
}

/// <summary>One topic filter.</summary>
internal sealed record StoredTopic(string Filter, QualityOfService Qos);

/// <summary>TLS settings.</summary>
internal sealed record StoredTls
{
    public string Ca { get; init; } = "";

    public string Certificate { get; init; } = "";

    public string Key { get; init; } = "";

    public string KeyPassword { get; init; } = "";

    public string ServerName { get; init; } = "";

    public TlsVersion MinimumVersion { get; init; }

    public TlsVerification Verify { get; init; }
}
