using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>TLS settings of a connection; used by the transports with TLS only. PEM members hold PEM text or the full path of a file.</summary>
internal sealed record TlsConfig
{
    public static readonly TlsConfig Default = new();

    /// <summary>Certificate authorities to trust instead of the system's. (default: empty, the system's)</summary>
    public string Ca { get; init; } = "";

    /// <summary>Client certificate, or the path of a PFX file. (default: empty, none)</summary>
    public string Certificate { get; init; } = "";

    /// <summary>Private key of <see cref="Certificate"/>.</summary>
    public Secret Key { get; init; } = Secret.None;

    /// <summary>Password of an encrypted <see cref="Key"/> or PFX file.</summary>
    public Secret KeyPassword { get; init; } = Secret.None;

    /// <summary>Name expected in the broker's certificate and sent as SNI. (default: empty, the host)</summary>
    public string ServerName { get; init; } = "";

    public TlsVersion MinimumVersion { get; init; } = TlsVersion.Tls12;

    public TlsVerification Verify { get; init; } = TlsVerification.Full;

    /// <summary>Whether a revoked certificate is looked for online. (default: off)</summary>
    public bool CheckRevocation { get; init; }

    /// <summary>Names offered by ALPN, in order of preference. (default: none)</summary>
    public ValueList<string> ApplicationProtocols { get; init; } = [];
}
