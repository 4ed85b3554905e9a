using System.Net.Sockets;

namespace Plotune.Mqtt.TestSupport;

/// <summary>
/// One client's connection to a <see cref="ScriptedBroker"/>. Every wait has a deadline, and a failure says what was expected and what had
/// been received so far. Knows the protocol level once CONNECT was read, and then chooses the form of its answers by it.
/// </summary>
public sealed class ScriptedConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly TimeSpan _deadline;
    private readonly CancellationToken _cancellationToken;
    private readonly List<string> _transcript = [];

    internal ScriptedConnection(Socket socket, Stream stream, TimeSpan deadline, CancellationToken cancellationToken)
    {
        _socket = socket;
        _stream = stream;
        _deadline = deadline;
        _cancellationToken = cancellationToken;
    }

    /// <summary>What carries the connection: the socket's stream, or what the broker wrapped it in.</summary>
    public Stream Stream => _stream;

    /// <summary>4 for 3.1.1, 5 for 5.0; zero before CONNECT.</summary>
    public byte ProtocolLevel { get; private set; }

    /// <summary>True if the client has sent something that was not read yet, or has closed.</summary>
    public bool HasPendingBytes => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Reads CONNECT and accepts it.</summary>
    public async Task<ReceivedConnect> AcceptSessionAsync(bool sessionPresent = false, params byte[][] properties)
    {
        var connect = await ExpectConnectAsync();
        await SendConnAckAsync(0, sessionPresent, properties);
        return connect;
    }

    /// <summary>Reads SUBSCRIBE and grants every filter the QoS it asks for.</summary>
    public async Task<ReceivedSubscribe> GrantSubscribeAsync()
    {
        var subscribe = await ExpectSubscribeAsync();
        await SendSubAckAsync(subscribe.PacketIdentifier, [.. subscribe.Options.Select(options => (byte)(options & 3))]);
        return subscribe;
    }

    public async Task<ReceivedConnect> ExpectConnectAsync()
    {
        var connect = ReceivedConnect.Parse(await ExpectAsync(PacketType.Connect));
        ProtocolLevel = connect.ProtocolLevel;
        return connect;
    }

    public async Task<ReceivedSubscribe> ExpectSubscribeAsync() =>
        ReceivedSubscribe.Parse(await ExpectAsync(PacketType.Subscribe), ProtocolLevel);

    public async Task<ReceivedSubscribe> ExpectUnsubscribeAsync() =>
        ReceivedSubscribe.Parse(await ExpectAsync(PacketType.Unsubscribe), ProtocolLevel);

    public async Task<ReceivedPublish> ExpectPublishAsync() =>
        ReceivedPublish.Parse(await ExpectAsync(PacketType.Publish), ProtocolLevel);

    /// <summary>The next packet, which must be of this type.</summary>
    public async Task<ReceivedPacket> ExpectAsync(PacketType type)
    {
        var packet = await ReadAsync($"a {type}")
            ?? throw Unmet($"a {type}", "the client closed the connection");
        return packet.Type == type ? packet : throw Unmet($"a {type}", $"{packet} came");
    }

    /// <summary>The next packet, whatever it is.</summary>
    public async Task<ReceivedPacket> ExpectAnyAsync() => await ReadAsync("a packet") ?? throw Unmet("a packet", "the client closed the connection");

    /// <summary>The client closes in good order, without sending anything more.</summary>
    public async Task ExpectEndAsync()
    {
        var packet = await ReadAsync("the end of the connection");
        if (packet is not null)
            throw Unmet("the end of the connection", $"{packet} came");
    }

    /// <summary>The client goes away, be it in good order or by a reset; what it still sent is returned.</summary>
    public async Task<IReadOnlyList<ReceivedPacket>> DrainAsync()
    {
        var packets = new List<ReceivedPacket>();
        try
        {
            while (await ReadAsync("the end of the connection") is { } packet)
                packets.Add(packet);
        }
        catch (UnmetExpectationException exception) when (exception.InnerException is IOException)
        {
            // A reset is an end, too.
        }

        return packets;
    }

    public Task SendConnAckAsync(byte code = 0, bool sessionPresent = false, params byte[][] properties) =>
        SendAsync(ProtocolLevel == 5 ? PacketBytes.ConnAck5(code, sessionPresent, properties) : PacketBytes.ConnAck311(code, sessionPresent));

    public Task SendSubAckAsync(ushort packetIdentifier, params byte[] codes) =>
        SendAsync(ProtocolLevel == 5 ? PacketBytes.SubAck5(packetIdentifier, codes) : PacketBytes.SubAck311(packetIdentifier, codes));

    /// <summary>UNSUBACK; 3.1.1 carries no codes.</summary>
    public Task SendUnsubAckAsync(ushort packetIdentifier, params byte[] codes) =>
        SendAsync(ProtocolLevel == 5 ? PacketBytes.UnsubAck5(packetIdentifier, codes) : PacketBytes.UnsubAck311(packetIdentifier));

    public Task SendPublishAsync(string topic, byte[] payload, int qos = 0, ushort packetIdentifier = 0, bool retain = false) =>
        SendAsync(
            ProtocolLevel == 5
                ? PacketBytes.Publish5(topic, payload, qos, packetIdentifier, retain)
                : PacketBytes.Publish311(topic, payload, qos, packetIdentifier, retain));

    public Task SendAcknowledgementAsync(PacketType type, ushort packetIdentifier, byte? reasonCode = null) =>
        SendAsync(PacketBytes.Acknowledgement(type, packetIdentifier, reasonCode));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _transcript.Add($"-> {Convert.ToHexString(bytes.Span[..Math.Min(bytes.Length, 32)])}{(bytes.Length > 32 ? "..." : "")}");
        await WithinDeadlineAsync("the client to take what was sent", async token =>
        {
            await _stream.WriteAsync(bytes, token);
            return true;
        });
    }

    /// <summary>Sends one byte per segment, as a slow or hostile network would.</summary>
    public async Task DribbleAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            await SendAsync(bytes.Slice(i, 1));
            await Task.Yield();
        }
    }

    /// <summary>Ends our direction only; the client's may go on.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes in good order (FIN).</summary>
    public void Close()
    {
        if (_socket.Connected)
            _socket.Shutdown(SocketShutdown.Both);
        _stream.Dispose();
    }

    /// <summary>Closes by a reset (RST).</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        // The stream's disposal would shut down in good order first.
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<ReceivedPacket?> ReadAsync(string expected)
    {
        var packet = await WithinDeadlineAsync(expected, ReadPacketAsync);
        _transcript.Add(packet is null ? "<- end" : $"<- {packet}");
        return packet;
    }

    private async Task<ReceivedPacket?> ReadPacketAsync(CancellationToken cancellationToken)
    {
        var header = new byte[1];
        if (await _stream.ReadAsync(header, cancellationToken) == 0)
            return null;
        var length = 0;
        var next = new byte[1];
        for (var shift = 0; ; shift += 7)
        {
            await _stream.ReadExactlyAsync(next, cancellationToken);
            length |= (next[0] & 127) << shift;
            if ((next[0] & 128) == 0)
                break;
        }

        var body = new byte[length];
        await _stream.ReadExactlyAsync(body, cancellationToken);
        return new ReceivedPacket(header[0], body);
    }

    private async Task<T> WithinDeadlineAsync<T>(string expected, Func<CancellationToken, Task<T>> work)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        deadline.CancelAfter(_deadline);
        try
        {
            return await work(deadline.Token);
        }
        catch (OperationCanceledException exception) when (!_cancellationToken.IsCancellationRequested)
        {
            throw Unmet(expected, $"nothing happened for {_deadline.TotalSeconds:0.#} s", exception);
        }
        catch (IOException exception)
        {
            throw Unmet(expected, $"the connection failed: {exception.Message}", exception);
        }
    }

    private UnmetExpectationException Unmet(string expected, string instead, Exception? inner = null)
    {
        var message = $"Expected {expected}, but {instead}. So far:\n{string.Join('\n', _transcript)}";
        return inner is null ? new UnmetExpectationException(message) : new UnmetExpectationException(message, inner);
    }
}
