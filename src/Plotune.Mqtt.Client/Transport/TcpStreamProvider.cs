using System.Net;
using System.Net.Sockets;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// Opens the socket below MQTTnet's TCP channel, so that its options are ours. MQTTnet's own socket has 8 KiB buffers, and resets the connection
/// when it is closed. Setting any receive buffer switches off the kernel's autotuning and is capped by its limit (208 KiB on most Linux systems,
/// while autotuning goes to 6 MiB), so the buffers are left to the kernel.
/// </summary>
#pragma warning disable CA1001 // The channel owns the stream and disposes of it.
internal sealed class TcpStreamProvider : IMqttClientStreamProvider
#pragma warning restore CA1001
{
    /// <summary>How long the broker may take to end its side after we have ended ours.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(700);

    private readonly Lock _endLock = new();
    private BrokerSocketStream? _stream;
    private Task? _end;

    /// <summary>Ends the connection made, if any, in good order and bounded time; nobody may be reading any more. Any thread, any number of times.</summary>
    public Task EndAsync()
    {
        lock (_endLock)
            return _end ??= _stream?.EndAsync(EndLimit) ?? Task.CompletedTask;
    }

    public async Task<Stream> ConnectAsync(EndPoint brokerEndPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(brokerEndPoint, cancellationToken).ConfigureAwait(false);
            return _stream = new BrokerSocketStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static EndPoint EndPointOf(BrokerAddress address) =>
        IPAddress.TryParse(address.Host, out var ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.Host, address.Port);
}
