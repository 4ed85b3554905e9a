using System.Net;
using System.Net.Sockets;
using System.Text;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

/// <summary>A client of bare bytes: it keeps no rule it is not told to keep.</summary>
internal sealed class RawClient : IDisposable
{
    public const byte Version5 = 5;
    public const byte Version311 = 4;
    public const byte Version31 = 3;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly byte _version;

    private RawClient(Socket socket, byte version)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _version = version;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A network connection that has said nothing yet.</summary>
    /// <param name="receiveBuffer">A small one makes a client that does not read hold up the broker soon.</param>
    public static async Task<RawClient> OpenAsync(int port, byte version = Version311, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancel);
        return new RawClient(socket, version);
    }

    /// <summary>A client that was let in.</summary>
    public static async Task<RawClient> ConnectAsync(
        int port, string clientId, byte version = Version311, bool clean = true, int? receiveBuffer = null, byte[]? will = null, params byte[][] properties)
    {
        var client = await OpenAsync(port, version, receiveBuffer);
        await client.SendAsync(Connect(clientId, version, clean, will, properties));
        var answer = await client.ReadAsync();
        Assert.Equal(PacketType.ConnAck, answer?.Type);
        Assert.Equal(0, answer!.Body[1]);
        client.IsSessionPresent = answer.Body[0] == 1;
        return client;
    }

    public bool IsSessionPresent { get; private set; }

    /// <param name="will">What follows the Client Identifier: the will's properties, topic and payload. Its QoS is 0.</param>
    public static byte[] Connect(string clientId, byte version = Version311, bool clean = true, byte[]? will = null, params byte[][] properties)
    {
        var joined = properties.SelectMany(property => property).ToArray();
        byte[] sized = version == Version5 ? [.. PacketBytes.VariableByteInteger(joined.Length), .. joined] : [];
        var flags = (byte)((clean ? 2 : 0) | (will is null ? 0 : 4));
        return PacketBytes.Packet(0x10, [.. PacketBytes.Text(version == Version31 ? "MQIsdp" : "MQTT"), version, flags, 0, 0, .. sized, .. PacketBytes.Text(clientId), .. will ?? []]);
    }

    public Task SendAsync(params byte[] bytes) => _stream.WriteAsync(bytes, Cancel).AsTask();

    /// <summary>Subscribes, and reads until the SUBACK.</summary>
    /// <returns>Its reason codes.</returns>
    public async Task<byte[]> SubscribeAsync(params (string Filter, byte Options)[] filters)
    {
        await SendAsync(Subscribe(filters));
        while (await ReadAsync() is { } packet)
        {
            if (packet.Type == PacketType.SubAck) return packet.Body[(_version == Version5 ? 3 : 2)..];
        }

        throw new UnmetExpectationException("The broker closed the connection instead of a SUBACK.");
    }

    public byte[] Subscribe(params (string Filter, byte Options)[] filters) =>
        PacketBytes.Packet(0x82, [0, 1, .. NoProperties, .. filters.SelectMany(filter => (byte[])[.. PacketBytes.Text(filter.Filter), filter.Options])]);

    public byte[] Publish(string topic, byte[] payload, int qos = 0, ushort packetIdentifier = 0, bool retain = false, bool duplicate = false, params byte[][] properties) =>
        _version == Version5
            ? PacketBytes.Publish5(topic, payload, qos, packetIdentifier, retain, duplicate, properties)
            : PacketBytes.Publish311(topic, payload, qos, packetIdentifier, retain, duplicate);

    public Task PublishAsync(string topic, string payload, int qos = 0, ushort packetIdentifier = 0, bool retain = false) =>
        SendAsync(Publish(topic, Encoding.UTF8.GetBytes(payload), qos, packetIdentifier, retain));

    /// <summary>A PINGREQ and its PINGRESP: the broker has taken what was sent before, and still serves this client.</summary>
    public async Task PingAsync()
    {
        await SendAsync(0xC0, 0);
        while (await ReadAsync() is { } packet)
        {
            if (packet.Type == PacketType.PingResp) return;
        }

        throw new UnmetExpectationException("The broker closed the connection instead of a PINGRESP.");
    }

    /// <summary>The next packet; null if the connection has ended.</summary>
    public async Task<ReceivedPacket?> ReadAsync()
    {
        try
        {
            var first = await ByteAsync();
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = await ByteAsync();
                length |= (next & 127) << shift;
                if ((next & 128) == 0) break;
            }

            var body = new byte[length];
            await _stream.ReadExactlyAsync(body, Cancel);
            return new ReceivedPacket(first, body);
        }
        catch (IOException)
        {
            return null; // closed or reset
        }
    }

    /// <summary>The next PUBLISH: topic and payload.</summary>
    public async Task<(string Topic, string Payload, byte FirstByte)> ReadPublishAsync()
    {
        while (await ReadAsync() is { } packet)
        {
            if (packet.Type != PacketType.Publish) continue;
            var topicLength = (packet.Body[0] << 8) | packet.Body[1];
            var rest = 2 + topicLength + ((packet.FirstByte & 6) == 0 ? 0 : 2);
            if (_version == Version5) rest += 1 + packet.Body[rest];
            return (Encoding.UTF8.GetString(packet.Body, 2, topicLength), Encoding.UTF8.GetString(packet.Body, rest, packet.Body.Length - rest), packet.FirstByte);
        }

        throw new UnmetExpectationException("The broker closed the connection instead of a PUBLISH.");
    }

    /// <summary>Reads on until the connection ends.</summary>
    public async Task EndsAsync()
    {
        while (await ReadAsync() is not null)
        {
            // What was on the way.
        }
    }

    /// <summary>Sends the same bytes until the broker ends the connection.</summary>
    public async Task FloodAsync(byte[] bytes)
    {
        try
        {
            while (true) await SendAsync(bytes);
        }
        catch (IOException)
        {
            // Closed.
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private byte[] NoProperties => _version == Version5 ? [0] : [];

    private async Task<byte> ByteAsync()
    {
        var one = new byte[1];
        await _stream.ReadExactlyAsync(one, Cancel);
        return one[0];
    }
}
