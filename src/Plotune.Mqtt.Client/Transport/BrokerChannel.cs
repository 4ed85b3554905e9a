using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;
using MQTTnet.Exceptions;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// The channel between the receive lane and a broker, on every transport. MQTTnet's own channels are not used: its TCP channel hides why TLS failed, and its
/// WebSocket channel takes neither our socket nor a tunnel, and says no more than that it could not connect.
/// </summary>
internal sealed class BrokerChannel(BrokerConnectionOptions options) : IMqttChannel
{
    private const int FirstBytesSize = 16;

    /// <summary>How long the broker may take to end its side after we have ended ours.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(700);

    private readonly BrokerConnector _connector = new(options);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _gate = new();
    private readonly byte[] _firstBytes = new byte[FirstBytesSize];
    private int _firstBytesLength;
    private BrokerLink? _link;
    private Task? _end;
    private volatile bool _hasBeenRead;
    private bool _isDisposed;

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => _link?.Socket.RemoteEndPoint;

    public EndPoint? LocalEndPoint => _link?.Socket.LocalEndPoint;

    public bool IsSecureConnection => _link?.Handshake is not null;

    public bool SentClientCertificate => _link?.Handshake is { SentClientCertificate: true };

    /// <summary>How far the way to the broker has been opened; any thread.</summary>
    public TransportPhase Phase => _connector.Phase;

    /// <inheritdoc cref="BrokerConnector.Reached"/>
    public string Reached => _connector.Reached;

    /// <summary>The first bytes the broker sent, to tell what it is.</summary>
    public ReadOnlySpan<byte> FirstBytes => _firstBytes.AsSpan(0, Volatile.Read(ref _firstBytesLength));

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var link = await _connector.OpenAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _link = link;
                return;
            }
        }

        link.Dispose();
        throw new MqttCommunicationException("The channel was closed while it was being opened.");
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var link = _link ?? throw new MqttCommunicationException("The channel is not open.");
        int received;
        _hasBeenRead = true;
        try
        {
            received = await link.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException && Explain(exception, link) is { } end)
        {
            throw new TransportException(end, exception);
        }

        if (received == 0 && Explain(null, link) is { } refusal)
            throw new TransportException(refusal);
        if (_firstBytesLength < FirstBytesSize)
            KeepFirst(buffer.AsSpan(offset, received));
        return received;
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        var link = _link ?? throw new MqttCommunicationException("The channel is not open.");
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var part in buffer)
                await link.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (!_hasBeenRead)
        {
            if (await link.ExplainBreakAsync(exception).ConfigureAwait(false) is { } end)
                throw new TransportException(end, exception);
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Ends the connection made, if any, in good order and bounded time; what the broker still sends is lost. Any thread, any number of times.</summary>
    public Task EndAsync()
    {
        lock (_gate)
            return _end ??= _link is { } link ? EndAsync(link) : Task.CompletedTask;
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _link?.Dispose();
        }
    }

    private async Task EndAsync(BrokerLink link)
    {
        using var deadline = new CancellationTokenSource(EndLimit);
        try
        {
            // TLS cannot say goodbye in the middle of a record.
            await _writing.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await link.EndAsync(deadline.Token).ConfigureAwait(false);
        _writing.Release();
    }

    // A broker that wants a client certificate says so by an alert, which its reset may overtake.
    private ConnectionEnd? Explain(Exception? exception, BrokerLink link)
    {
        if (link.Handshake is not { } handshake)
            return null;
        if (exception is not null && TlsFailure.OfPeer(exception, handshake) is { } end)
            return end;
        return handshake.LacksClientCertificate && _firstBytesLength == 0 ? TlsFailure.ClientCertificateMissed(options.Address) : null;
    }

    private void KeepFirst(ReadOnlySpan<byte> received)
    {
        var count = Math.Min(received.Length, FirstBytesSize - _firstBytesLength);
        received[..count].CopyTo(_firstBytes.AsSpan(_firstBytesLength));
        Volatile.Write(ref _firstBytesLength, _firstBytesLength + count);
    }
}
