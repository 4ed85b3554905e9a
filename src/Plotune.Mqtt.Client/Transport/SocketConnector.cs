using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// Opens sockets. The addresses of one name are tried in the resolver's order; the next one starts when the one before has failed or has been silent for a
/// while, so that a dead address costs that while and not the whole deadline (after RFC 8305). The first to answer wins.
/// </summary>
/// <remarks>
/// Setting any receive buffer switches off the kernel's autotuning and is capped by its limit (208 KiB on most Linux systems, while autotuning goes to
/// 6 MiB), so the buffers are left to the kernel.
/// </remarks>
internal static class SocketConnector
{
    /// <summary>Head start of an address over the next one.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(300);

    public static async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var ip) ? [ip] : await Dns.GetHostAddressesAsync(HostName.ToAscii(host), cancellationToken).ConfigureAwait(false);
        return await ConnectAsync(addresses, port, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="SocketException">No address answered; the failure of the one that tells most.</exception>
    public static async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0)
            throw new SocketException((int)SocketError.HostNotFound);

        using var losing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        SocketException? failure = null;
        var next = 0;
        try
        {
            while (next < addresses.Count || attempts.Count > 0)
            {
                if (next < addresses.Count)
                    attempts.Add(ConnectAsync(new IPEndPoint(addresses[next++], port), losing.Token));

                if (await FirstToEndAsync(attempts, next < addresses.Count, losing.Token).ConfigureAwait(false) is not { } ended)
                    continue;
                attempts.Remove(ended);
                try
                {
                    return await ended.ConfigureAwait(false);
                }
                catch (SocketException exception)
                {
                    failure = MoreTelling(failure, exception);
                }
            }
        }
        finally
        {
            await losing.CancelAsync().ConfigureAwait(false);
            foreach (var attempt in attempts)
                _ = DiscardAsync(attempt);
        }

        throw failure!;
    }

    public static Task<Socket> ConnectUnixAsync(string path, CancellationToken cancellationToken) =>
        ConnectAsync(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), cancellationToken);

    private static Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken) =>
        ConnectAsync(new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, endPoint, cancellationToken);

    private static async Task<Socket> ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Null if none has ended by the time another one should start.</returns>
    private static async Task<Task<Socket>?> FirstToEndAsync(List<Task<Socket>> attempts, bool moreToCome, CancellationToken cancellationToken)
    {
        var first = Task.WhenAny(attempts);
        if (!moreToCome)
            return await first.ConfigureAwait(false);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var silence = Task.Delay(HeadStart, waiting.Token);
        await Task.WhenAny(first, silence).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return first.IsCompleted ? await first.ConfigureAwait(false) : null;
    }

    // That a family is not there at all, as IPv6 often is not, says less than what a reachable address answered.
    private static SocketException MoreTelling(SocketException? first, SocketException second) =>
        first is null or { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported } ? second : first;

    private static async Task DiscardAsync(Task<Socket> attempt)
    {
        try
        {
            (await attempt.ConfigureAwait(false)).Dispose();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // It has lost anyway.
        }
    }
}
