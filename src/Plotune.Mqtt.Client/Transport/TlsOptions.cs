namespace Plotune.Mqtt.Client;

/// <summary>How <see cref="BrokerTransport.Tls"/> and <see cref="BrokerTransport.WebSocketTls"/> are set up. Members that hold PEM take the text itself or the path of a file.</summary>
public sealed record TlsOptions
{
    /// <summary>Certificate authorities to trust instead of the system's: PEM, any number of certificates. (default: empty, the system's)</summary>
    public string Ca { get; init; } = "";

    /// <summary>Client certificate: PEM, followed by its intermediates if any, or the path of a PFX file. (default: empty, none)</summary>
    public string Certificate { get; init; } = "";

    /// <summary>Private key of <see cref="Certificate"/>: PEM. Empty if the certificate's file holds it. (default: empty)</summary>
    public string Key { get; init; } = "";

    /// <summary>Password of an encrypted <see cref="Key"/> or PFX file. (default: empty, none)</summary>
    public string KeyPassword { get; init; } = "";

    /// <summary>Name expected in the broker's certificate and sent as SNI. (default: empty, the host)</summary>
    public string ServerName { get; init; } = "";

    public TlsVersion MinimumVersion { get; init; } = TlsVersion.Tls12;

    public TlsVerification Verify { get; init; } = TlsVerification.Full;

    /// <summary>Whether a certificate whose revocation cannot be ruled out online is refused; plants seldom have a way to ask. (default: off)</summary>
    public bool CheckRevocation { get; init; }

    /// <summary>Application protocols offered by ALPN, in order of preference, such as <c>mqtt</c> or <c>x-amzn-mqtt-ca</c>; not for WebSocket. (default: none)</summary>
    public IReadOnlyList<string> ApplicationProtocols { get; init; } = [];

    /// <summary>Nothing but the kind: the key must not reach a log by way of this record.</summary>
    public override string ToString() => $"{nameof(TlsOptions)} {{ Verify = {Verify} }}";
}

/// <summary>Lowest TLS version accepted.</summary>
public enum TlsVersion
{
    Tls12,
    Tls13,
}

/// <summary>What is checked of a broker's certificate.</summary>
public enum TlsVerification
{
    /// <summary>Chain, validity and name.</summary>
    Full,

    /// <summary>Nothing: encrypted, but the broker may be anyone. Shown as a warning.</summary>
    None,
}
