namespace Plotune.Mqtt.Client;

/// <summary>Where a broker is: host and port, as typed by a person or taken from an address such as <c>mqtt://user@host:1883/topic</c>.</summary>
/// <param name="Host">DNS name, IPv4 or IPv6 address, without brackets; with <see cref="BrokerTransport.Unix"/> the absolute path of the socket.</param>
/// <param name="Port">1 to 65,535; of no meaning for a socket.</param>
public sealed record BrokerAddress(string Host, int Port)
{
    /// <summary>The IANA port of MQTT over TCP.</summary>
    public const int DefaultPort = 1883;

    /// <summary>The address as DNS, TLS and HTTP carry it, see <see cref="HostName.ToAscii"/>.</summary>
    internal BrokerAddress InAscii => this with { Host = HostName.ToAscii(Host) };

    /// <summary>As a person would type it: <c>host:port</c>, an IPv6 address in brackets; of a socket its path.</summary>
    public override string ToString()
    {
        if (Host.StartsWith('/'))
            return Host;
        return Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
    }
}
