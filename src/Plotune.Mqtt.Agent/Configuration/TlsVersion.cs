namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Lowest TLS version accepted.</summary>
internal enum TlsVersion
{
    Tls12,
    Tls13,
}
