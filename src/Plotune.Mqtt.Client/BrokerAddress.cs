namespace Plotune.Mqtt.Client;

/// <summary>Where a broker is: host and port, as typed by a person or taken from an address such as <c>mqtt://user@host:1883/topic</c>.</summary>
public sealed record BrokerAddress(string Host, int Port)
{
    /// <summary>The IANA port of MQTT over TCP.</summary>
    public const int DefaultPort = 1883;
}
