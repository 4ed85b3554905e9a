namespace Plotune.Mqtt.Client;

/// <summary>Where a broker is: host and port, as typed by a person or taken from an address such as <c>mqtt://user@host:1883/topic</c>.</summary>
/// <param name="Host">DNS name, IPv4 or IPv6 address, without brackets.</param>
/// <param name="Port">1 to 65,535.</param>
public sealed record BrokerAddress(string Host, int Port)
{
    /// <summary>The IANA port of MQTT over TCP.</summary>
    public const int DefaultPort = 1883;

    /// <summary>As a person would type it: <c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
