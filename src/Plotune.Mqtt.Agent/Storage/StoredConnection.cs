using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The stored form of a connection's settings. Members may be added, with a default for files written before; secrets are encrypted.</summary>
/// <remarks>Members are settable since the JSON source generator gives an <c>init</c> member that is missing null or zero instead of its default.</remarks>
internal sealed record StoredConnection
{
    public bool Enabled { get; set; } = true;

    public required string Host { get; set; }

    public required int Port { get; set; }

    public BrokerTransport Transport { get; set; }

    public string Path { get; set; } = "/mqtt";

    public StoredHeader[] Headers { get; set; } = [];

    public StoredProxy? Proxy { get; set; }

    public ProtocolPreference Protocol { get; set; }

    public string ClientId { get; set; } = "";

    public string UserName { get; set; } = "";

    public string Password { get; set; } = "";

    public double KeepAliveSeconds { get; set; } = 60;

    public bool CleanSession { get; set; } = true;

    public double SessionExpirySeconds { get; set; } = 3600;

    public StoredTopic[] Topics { get; set; } = [];

    public string ShareGroup { get; set; } = "";

    public StoredTls Tls { get; set; } = new();

    public StoredWill? Will { get; set; }

    public bool FollowRedirect { get; set; }

    public int Workers { get; set; } = 1;

    public bool Producer { get; set; }

    public long? ProducerSinceMilliseconds { get; set; }

    public string ProducerTopic { get; set; } = "plotune";

    public QualityOfService ProducerQos { get; set; } = QualityOfService.AtLeastOnce;

    public bool Retain { get; set; }

    public bool TakeOwnMessages { get; set; }

    public string SigningSecret { get; set; } = "";

    public string VerifySecret { get; set; } = "";
}

/// <summary>One topic filter.</summary>
internal sealed record StoredTopic(string Filter, QualityOfService Qos)
{
    public RetainHandling RetainHandling { get; set; }

    public bool RetainAsPublished { get; set; }

    public bool NoLocal { get; set; }
}

/// <summary>One request header; its value is encrypted.</summary>
internal sealed record StoredHeader(string Name, string Value);

/// <summary>HTTP proxy; its password is encrypted.</summary>
internal sealed record StoredProxy(string Host, int Port)
{
    public string UserName { get; set; } = "";

    public string Password { get; set; } = "";
}

/// <summary>Will message.</summary>
internal sealed record StoredWill(string Topic, string Payload)
{
    public QualityOfService Qos { get; set; }

    public bool Retain { get; set; }

    public double DelaySeconds { get; set; }
}

/// <summary>TLS settings.</summary>
internal sealed record StoredTls
{
    public string Ca { get; set; } = "";

    public string Certificate { get; set; } = "";

    public string Key { get; set; } = "";

    public string KeyPassword { get; set; } = "";

    public string ServerName { get; set; } = "";

    public TlsVersion MinimumVersion { get; set; }

    public TlsVerification Verify { get; set; }

    public bool CheckRevocation { get; set; }

    public string[] ApplicationProtocols { get; set; } = [];
}
