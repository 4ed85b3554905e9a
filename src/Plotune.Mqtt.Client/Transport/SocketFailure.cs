using System.Net.Sockets;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Socket errors in words.</summary>
internal static class SocketFailure
{
    /// <param name="connected">Whether the TCP connection stood before.</param>
    public static ConnectionEnd Describe(SocketException exception, BrokerAddress address, bool connected) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => End("ConnectionRefused", $"Nothing accepts connections at {address}. Is the broker running, and is the port right?"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.NoRecovery =>
            End("HostNotFound", $"The host name {address.Host} is not known. Check its spelling, or write the IP address."),
        SocketError.TryAgain => End("HostNotFound", $"The host name {address.Host} could not be looked up. Is this computer connected to the network?"),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.AddressNotAvailable =>
            End("NetworkUnreachable", $"There is no way to {address} in the network. Is this computer connected to the right network?"),
        SocketError.TimedOut => connected
            ? End("ConnectionTimedOut", $"The network no longer delivers to {address}.")
            : End("ConnectTimeout", $"{address} does not answer. Check the address, and firewalls on the way."),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
            End("ConnectionReset", $"The broker at {address} reset the connection."),
        SocketError.AccessDenied => End("AccessDenied", $"This computer does not allow connections to {address}. Check its firewall."),
        _ => End(exception.SocketErrorCode.ToString(), $"The connection to {address} failed: {exception.Message}."),
    };

    private static ConnectionEnd End(string name, string sentence) => new(name, sentence, ReasonClass.Retry);
}
