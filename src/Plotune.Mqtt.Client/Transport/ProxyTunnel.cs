using System.Text;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Asks an HTTP proxy for a tunnel to the broker (RFC 9110, 9.3.6). The proxy looks the broker's name up.</summary>
internal static class ProxyTunnel
{
    public static async Task OpenAsync(Stream stream, ProxyOptions proxy, BrokerAddress target, CancellationToken cancellationToken)
    {
        var authority = target.InAscii;
        var request = new StringBuilder().Append($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if (proxy.UserName.Length > 0)
            request.Append($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{proxy.UserName}:{proxy.Password}"))}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), cancellationToken).ConfigureAwait(false);

        var received = new List<byte>();
        HttpHead? head;
        try
        {
            head = await HttpHead.ReadAsync(stream, received, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw NoProxy(proxy, isSilent: true, exception);
        }

        if (head is null)
            throw NoProxy(proxy, received.Count == 0);
        if (head.Status is < 200 or > 299)
            throw Refused(head.Status, proxy, target);
    }

    private static TransportException NoProxy(ProxyOptions proxy, bool isSilent, Exception? exception = null) => isSilent
        ? new(LocalFault.ProxyClosed, $"The proxy at {proxy} closed the connection without an answer. Is it an HTTP proxy?", ReasonClass.Retry, exception)
        : new(LocalFault.ProxyNotHttp, $"What answers at {proxy} is no HTTP proxy. Check the proxy's address and port.", ReasonClass.RetrySlowly);

    private static TransportException Refused(int status, ProxyOptions proxy, BrokerAddress target) => status switch
    {
        407 => proxy.UserName.Length == 0
            ? new(LocalFault.ProxyAuthenticationRequired, $"The proxy at {proxy} asks for a user name and a password. Enter those of the proxy.", ReasonClass.Final)
            : new(LocalFault.ProxyAuthenticationFailed, $"The proxy at {proxy} does not accept its user name or password. Check both.", ReasonClass.Final),
        403 or 405 => new(LocalFault.ProxyForbidden, $"The proxy at {proxy} does not allow a connection to {target}. Its administrator can allow it.", ReasonClass.RetrySlowly),
        502 or 503 or 504 => new(
            LocalFault.ProxyCannotReachBroker, $"The proxy at {proxy} cannot reach {target} (HTTP {status}). Check the broker's address, and whether it is running.", ReasonClass.Retry),
        _ => new(LocalFault.ProxyRefused, $"The proxy at {proxy} refused the connection to {target} with HTTP {status}.", ReasonClass.RetrySlowly),
    };
}
