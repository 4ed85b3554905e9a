using System.Net.Sockets;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Opens the way to a broker layer by layer: socket, proxy tunnel, TLS, WebSocket.</summary>
internal sealed class BrokerConnector(BrokerConnectionOptions options)
{
    /// <summary>Where it is, or stopped; any thread.</summary>
    public TransportPhase Phase { get; private set; }

    /// <summary>The address that accepted the connection, with a proxy the proxy's; empty before. Any thread.</summary>
    public string Reached { get; private set; } = "";

    private BrokerAddress Address => options.Address;

    private bool IsWebSocket => options.Transport is BrokerTransport.WebSocket or BrokerTransport.WebSocketTls;

    private bool IsTls => options.Transport is BrokerTransport.Tls or BrokerTransport.WebSocketTls;

    public async Task<BrokerLink> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        Reached = socket.RemoteEndPoint?.ToString() ?? "";
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (options is { Proxy: { } proxy, Transport: not BrokerTransport.Unix })
            {
                Phase = TransportPhase.Proxy;
                await ProxyTunnel.OpenAsync(stream, proxy, Address, cancellationToken).ConfigureAwait(false);
            }

            TlsHandshake? handshake = null;
            if (IsTls)
            {
                Phase = TransportPhase.Tls;
                handshake = new TlsHandshake(options.Tls, Address);
                stream = await handshake.PerformAsync(stream, offersProtocols: !IsWebSocket, cancellationToken).ConfigureAwait(false);
            }

            var webSocket = IsWebSocket ? await OpenWebSocketAsync(stream, handshake, cancellationToken).ConfigureAwait(false) : null;
            Phase = TransportPhase.Open;
            return new BrokerLink(socket, stream, handshake, webSocket);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<WebSocketStream> OpenWebSocketAsync(Stream stream, TlsHandshake? handshake, CancellationToken cancellationToken)
    {
        Phase = TransportPhase.WebSocket;
        try
        {
            return new WebSocketStream(await WebSocketUpgrade.PerformAsync(new ReadAheadStream(stream), options.WebSocket, Address, IsTls, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException exception)
        {
            var end = handshake is null ? null : await TlsFailure.OfBrokenStreamAsync(exception, stream, handshake).ConfigureAwait(false);
            throw end is null ? WebSocketUpgrade.Closed(Address, exception) : new TransportException(end, exception);
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        Phase = TransportPhase.Socket;
        try
        {
            if (options.Transport == BrokerTransport.Unix)
                return await SocketConnector.ConnectUnixAsync(Address.Host, cancellationToken).ConfigureAwait(false);
            return await SocketConnector.ConnectAsync(options.Proxy?.Host ?? Address.Host, options.Proxy?.Port ?? Address.Port, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw new TransportException(SocketFailure.OfConnect(exception, options), exception);
        }
        catch (ArgumentException exception) when (options.Transport == BrokerTransport.Unix)
        {
            throw new TransportException(LocalFault.SocketPathNotValid, $"{Address.Host} is no path of a Unix socket: it is too long, or has characters that a path cannot have.", ReasonClass.Final, exception);
        }
    }
}
