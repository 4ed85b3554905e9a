using System.Globalization;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// Server Reference (MQTT 5.0, 4.11): references separated by spaces, of which the specification says only how they may look, such as
/// <c>broker.example</c>, <c>broker.example:8883</c>, <c>10.10.151.22:8883</c> or <c>[fe80::9610:3eff:fe1c]:1883</c>.
/// </summary>
internal static class ServerReference
{
    /// <summary>The first reference that is an address; null if none is.</summary>
    /// <param name="port">Taken where the reference names none: a broker that moves usually stays on its port.</param>
    public static BrokerAddress? First(string? references, int port) =>
        references?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(reference => Parse(reference, port)).FirstOrDefault(address => address is not null);

    private static BrokerAddress? Parse(string reference, int port)
    {
        var (host, portText) = SplitPort(reference);
        if (HostName.Error(host).Length > 0)
            return null;
        if (portText is not null && !(int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue))
            return null;
        return new BrokerAddress(host.Trim('[', ']'), port);
    }

    private static (string Host, string? Port) SplitPort(string reference)
    {
        // The colons of an IPv6 address are within brackets, or there is no port.
        var colon = reference.LastIndexOf(':');
        var isPort = colon > 0 && (reference[colon - 1] == ']' || reference.IndexOf(':', StringComparison.Ordinal) == colon);
        return isPort ? (reference[..colon], reference[(colon + 1)..]) : (reference, null);
    }
}
