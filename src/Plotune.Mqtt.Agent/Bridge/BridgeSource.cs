using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Where a variable comes from: the extension that serves it at <c>/fetch/{name}</c>.</summary>
/// <param name="Host">Host name in lower case, or an IP address without brackets in its usual form.</param>
internal sealed record BridgeSource(string Host, int Port)
{
    private const int MaximumHostLength = 253;

    private bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>The source at a host as Plotune names it: a name, an IPv4 address, an IPv6 address with or without brackets. Of one that listens everywhere (<c>0.0.0.0</c>, <c>::</c>) it is this computer.</summary>
    /// <param name="error">What is wrong, as a sentence; empty on success.</param>
    /// <returns>Null if the text is no host.</returns>
    public static BridgeSource? Parse(string host, int port, out string error)
    {
        host = host.Trim();
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        error = "";
        switch (host.Length is > 0 and <= MaximumHostLength ? Uri.CheckHostName(host) : UriHostNameType.Unknown)
        {
            case UriHostNameType.IPv4 or UriHostNameType.IPv6 when IPAddress.TryParse(host, out var address):
                return new BridgeSource(Reachable(address).ToString(), port);
            case UriHostNameType.Dns:
                return new BridgeSource(host.ToLowerInvariant(), port);
            default:
                error = "is no host name or IP address";
                return null;
        }
    }

    /// <summary>Whether both are the same place. One extension may be called localhost here and 127.0.0.1 there.</summary>
    public bool IsSame(BridgeSource other) => Port == other.Port && (Host == other.Host || (IsLoopback && other.IsLoopback));

    /// <summary>The address of a variable's sample stream.</summary>
    public Uri StreamOf(string name) => new($"ws://{this}/fetch/{Uri.EscapeDataString(name)}");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static IPAddress Reachable(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.Equals(IPAddress.Any)) return IPAddress.Loopback;
        return address.AddressFamily == AddressFamily.InterNetworkV6 && address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
    }
}
