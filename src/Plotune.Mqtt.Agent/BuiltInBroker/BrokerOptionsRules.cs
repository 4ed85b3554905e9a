using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What must hold between the options, wherever they come from.</summary>
internal static class BrokerOptionsRules
{
    private const int MaximumTextLength = 1024;

    /// <summary>Adds every fault. The names are those the user knows the options by.</summary>
    public static void Check(BrokerOptions options, BrokerOptionNames names, FaultList faults)
    {
        CheckPort(options.Port, names.Port, faults);
        if (options.WebSocketPort is { } webSocketPort) CheckPort(webSocketPort, names.WebSocketPort, faults);
        if (options.Password is null && !IPAddress.IsLoopback(options.Bind))
        {
            faults.Add(names.Bind, $"{options.Bind} can be reached from other computers: the broker listens there only with a password ({names.Password})");
        }

        if (options.Password is null && options.UserName.Length > 0) faults.Add(names.UserName, $"a user name protects nothing without a password ({names.Password})");
        if (options.UserName.Length > MaximumTextLength || options.UserName.Contains('\0')) faults.Add(names.UserName, "must be at most 1,024 characters without U+0000");
        if (options.WebSocketPort == options.Port && options.Port != 0) faults.Add(names.WebSocketPort, "must differ from the port for TCP");
    }

    private static void CheckPort(int port, string name, FaultList faults)
    {
        if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort) faults.Add(name, "must be from 0 to 65535 (0 lets the system choose)");
    }

    /// <returns>The address, or loopback and a fault.</returns>
    public static IPAddress ReadBind(string? text, string name, FaultList faults)
    {
        if (string.IsNullOrEmpty(text) || text.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        if (text is "*") return IPAddress.IPv6Any;
        if (IPAddress.TryParse(text.Trim('[', ']'), out var address) && !IsOfMany(address)) return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        faults.Add(name, $"'{text}' is no IP address of this computer (0.0.0.0 or * listens at all of them)");
        return IPAddress.Loopback;
    }

    /// <summary>The system lets a program listen there, and nobody ever connects.</summary>
    private static bool IsOfMany(IPAddress address) =>
        address.IsIPv6Multicast || address.Equals(IPAddress.Broadcast) || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] >> 4 == 0xE);
}
