using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Which connections lead to a broker that listens on this computer.</summary>
internal static class BrokerAddresses
{
    /// <summary>Where this computer itself reaches a broker.</summary>
    public static string HostOf(IPAddress bind) => IsEverywhere(bind) ? "127.0.0.1" : bind.ToString();

    /// <param name="webSocketPort">Null if there is none.</param>
    public static bool LeadsTo(IPAddress bind, int port, int? webSocketPort, BrokerConnectionConfig config)
    {
        var reached = config.Transport switch
        {
            BrokerTransport.Tcp => port,
            BrokerTransport.WebSocket => webSocketPort,
            _ => null,
        };
        return config.Port == reached && AddressOf(config.Host) is { } address && (address.Equals(bind) || (IPAddress.IsLoopback(address) && IsEverywhere(bind)));
    }

    /// <summary>Other names and addresses of this computer are not known.</summary>
    private static IPAddress? AddressOf(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : null;
    }

    private static bool IsEverywhere(IPAddress bind) => bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any);
}
