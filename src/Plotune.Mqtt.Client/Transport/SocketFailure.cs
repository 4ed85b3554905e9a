using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Socket errors in words.</summary>
internal static class SocketFailure
{
    /// <summary>No connection came to be, to the broker or to the proxy before it.</summary>
    public static ConnectionEnd OfConnect(SocketException exception, BrokerConnectionOptions options)
    {
        if (options.Transport == BrokerTransport.Unix)
            return OfUnix(exception, options.Address.Host);
        return options.Proxy is { } proxy ? OfProxy(exception, proxy) : Describe(exception, options.Address, connected: false);
    }

    /// <param name="connected">Whether the connection stood before.</param>
    public static ConnectionEnd Describe(SocketException exception, BrokerAddress address, bool connected) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => End(LocalFault.ConnectionRefused, $"Nothing accepts connections at {address}. Is the broker running, and is the port right?"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.NoRecovery =>
            End(LocalFault.HostNotFound, $"The host name {address.Host} is not known. Check its spelling, or write the IP address."),
        SocketError.TryAgain => End(LocalFault.HostNotFound, $"The host name {address.Host} could not be looked up. Is this computer connected to the network?"),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.AddressNotAvailable =>
            End(LocalFault.NetworkUnreachable, $"There is no way to {address} in the network. Is this computer connected to the right network?"),
        SocketError.TimedOut => connected
            ? End(LocalFault.ConnectionTimedOut, $"The network no longer delivers to {address}.")
            : End(LocalFault.ConnectTimeout, $"{address} does not answer. Check the address, and firewalls on the way."),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
            End(LocalFault.ConnectionReset, $"The broker at {address} reset the connection."),
        SocketError.AccessDenied => End(LocalFault.AccessDenied, $"This computer does not allow connections to {address}. Check its firewall."),
        SocketError.InvalidArgument when IPAddress.TryParse(address.Host, out var ip) && ip.IsIPv6LinkLocal => End(
            LocalFault.NetworkUnreachable,
            $"{address.Host} is an address of a single network link. Write behind it which network interface of this computer leads there, as in fe80::1%eth0."),
        _ => End(LocalFault.SocketFailed, $"The connection to {address} failed: {exception.Message}."),
    };

    private static ConnectionEnd OfProxy(SocketException exception, ProxyOptions proxy) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => End(LocalFault.ProxyRefusesConnections, $"Nothing accepts connections at the proxy's address {proxy}. Check the address and the port of the proxy."),
        SocketError.HostNotFound or SocketError.NoData or SocketError.NoRecovery or SocketError.TryAgain =>
            End(LocalFault.ProxyNotFound, $"The proxy's host name {proxy.Host} is not known. Check its spelling, or write the IP address."),
        _ => End(LocalFault.ProxyUnreachable, $"The proxy at {proxy} cannot be reached: {exception.Message}."),
    };

    private static ConnectionEnd OfUnix(SocketException exception, string path)
    {
        if (exception.SocketErrorCode == SocketError.AccessDenied)
            return End(LocalFault.SocketAccessDenied, $"This user may not use the socket {path}. Allow it by the permissions of the socket, or by the user's group.");
        if (exception.SocketErrorCode == SocketError.ConnectionRefused && File.Exists(path))
            return End(LocalFault.ConnectionRefused, $"No broker listens at the socket {path}. Is it running?");
        return Path.Exists(path)
            ? End(LocalFault.ConnectionRefused, $"{path} is no socket that a broker listens at: {exception.Message}.")
            : End(LocalFault.SocketMissing, $"There is no socket {path}. Is the broker running, and is the path right?");
    }

    private static ConnectionEnd End(LocalFault fault, string sentence) => new(fault, sentence, ReasonClass.Retry);
}
