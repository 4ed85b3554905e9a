using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// Brings the library its one stream to Redis. The library's own connecting hides why it failed; this remembers it. It connects once: a connection that is lost is made anew
/// by its owner, who has to look at the lists first. The library tries again at once, whatever its retry policy says; that attempt waits until the end, since its failure would
/// hide why the first one failed.
/// </summary>
internal sealed class RedisTunnel(RedisSourceSettings settings, TimeSpan timeout, CancellationToken cancellationToken) : Tunnel
{
    private readonly TaskCompletionSource<Stream?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _used;
    private volatile Socket? _socket;

    /// <summary>Why there is no stream, as a sentence; null if there is one.</summary>
    public string? Failure { get; private set; }

    /// <summary>Ends the connection at once, whatever waits for an answer.</summary>
    public void Cut()
    {
        _socket?.Dispose();
        _end.TrySetCanceled(CancellationToken.None);
    }

    /// <summary>No socket is wanted of the library.</summary>
    public override ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) => default;

    public override async ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken1)
    {
        if (Interlocked.Exchange(ref _used, 1) != 0) return await _end.Task;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, cancellationToken1);
        deadline.CancelAfter(timeout);
        var connected = false;
        try
        {
            var stream = await ConnectAsync(deadline.Token);
            connected = true;
            return settings.UsesTls ? await new RedisTls(settings).AuthenticateAsync(stream, deadline.Token) : stream;
        }
        catch (RedisUnavailableException exception)
        {
            Failure = exception.Message;
            throw;
        }
        catch (SocketException exception)
        {
            Failure = Describe(exception);
            throw;
        }
        catch (OperationCanceledException)
        {
            Failure = connected
                ? $"{settings.Address} did not answer the TLS handshake within {timeout.TotalSeconds:0} s. Most often such a port expects no TLS."
                : $"{settings.Address} does not answer. Check the address, and firewalls on the way.";
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken deadline)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(settings.Host, settings.Port, deadline);
            _socket = socket;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string Describe(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => $"Nothing accepts connections at {settings.Address}. Is Redis running, and is the port right?",
        SocketError.HostNotFound or SocketError.NoData or SocketError.NoRecovery => $"The host name {settings.Host} is not known. Check its spelling, or write the IP address.",
        SocketError.TryAgain => $"The host name {settings.Host} could not be looked up. Is this computer connected to the network?",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown =>
            $"There is no way to {settings.Address} in the network. Is this computer connected to the right network?",
        SocketError.TimedOut => $"{settings.Address} does not answer. Check the address, and firewalls on the way.",
        _ => $"The connection to {settings.Address} failed: {exception.Message}.",
    };
}
