using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// The yardstick: the least a .NET program on a plain socket can do for the same job. It walks PUBLISH frames, reads every number and boolean of
/// the JSON, and writes 20 bytes a sample to a pipe, whose reader is a second process that counts. It checks nothing, names nothing and keeps nothing.
/// </summary>
internal sealed class BareReceiver(Socket socket, Stream output)
{
    private const int MaximumRead = 256 << 10;
    private const int Publish = 3;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(2 * MaximumRead, pinned: true);
    private readonly byte[] _acknowledgements = new byte[2 * MaximumRead];
    private readonly BareSamples _samples = new();
    private int _acknowledged;
    private bool _ended;

    /// <summary>Receives until the end message; the second process then prints <c>end SECONDS</c>, and both stay until killed.</summary>
    public static void Run(int port, int qos)
    {
        var start = ChildProcess.Self("count");
        start.RedirectStandardInput = true;
        using var counter = Process.Start(start)!;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send([0x10, 15, 0, 4, .. "MQTT"u8, 4, 2, 0, 0, 0, 3, .. "bar"u8]);
        socket.Send([0x82, 14, 0, 1, 0, 9, .. "plotune/#"u8, (byte)qos]);
        using (var output = counter.StandardInput.BaseStream)
        {
            new BareReceiver(socket, output).Receive();
        }

        counter.WaitForExit();
    }

    private void Receive()
    {
        var length = 0;
        while (!_ended)
        {
            var read = socket.Receive(_buffer, length, Math.Min(MaximumRead, _buffer.Length - length), SocketFlags.None);
            if (read == 0)
            {
                throw new EndOfStreamException("The load ended before its last message.");
            }

            length += read;
            var used = TakePackets(_buffer.AsSpan(0, length));
            if (_acknowledged > 0)
            {
                socket.Send(_acknowledgements.AsSpan(0, _acknowledged));
                _acknowledged = 0;
            }

            output.Write(_samples.Written);
            _samples.Clear();
            Buffer.BlockCopy(_buffer, used, _buffer, 0, length - used);
            length -= used;
        }
    }

    private int TakePackets(ReadOnlySpan<byte> bytes)
    {
        var offset = 0;
        while (TryFrame(bytes[offset..], out var head, out var remaining))
        {
            if (bytes[offset] >> 4 == Publish)
            {
                TakePublish((bytes[offset] & 6) != 0, bytes.Slice(offset + head, remaining));
            }

            offset += head + remaining;
        }

        return offset;
    }

    private void TakePublish(bool acknowledge, ReadOnlySpan<byte> body)
    {
        var topic = body.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(body));
        var payload = body[(2 + topic.Length)..];
        if (acknowledge)
        {
            (_acknowledgements[_acknowledged], _acknowledgements[_acknowledged + 1]) = (0x40, 2);
            payload[..2].CopyTo(_acknowledgements.AsSpan(_acknowledged + 2));
            _acknowledged += 4;
            payload = payload[2..];
        }

        if (topic.EndsWith("/end"u8))
        {
            _ended = true;
            _samples.AddEnd();
        }
        else
        {
            _samples.Add(topic, payload);
        }
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, out int head, out int remaining)
    {
        (head, remaining) = (1, 0);
        for (var shift = 0; head < bytes.Length && shift < 28; shift += 7)
        {
            var next = bytes[head++];
            remaining |= (next & 127) << shift;
            if (next < 128)
            {
                return bytes.Length >= head + remaining;
            }
        }

        return false;
    }
}
