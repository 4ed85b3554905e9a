using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>A publisher that sends one message at a time, each when it is due, with the time of its sending; round robin over the topics <c>plotune/bench/t0000</c>..., QoS 0.</summary>
internal static class PacedPublisher
{
    /// <summary>Prints <c>connected 1</c>; runs until it has sent <paramref name="count"/> messages, and then until killed.</summary>
    public static void Run(int port, int perSecond, int topics, long count)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send([0x10, 15, 0, 4, .. "MQTT"u8, 4, 2, 0, 0, 0, 3, .. "pub"u8]);
        socket.Receive(new byte[16]);
        Console.WriteLine("connected 1");
        byte[][] heads = [.. Enumerable.Range(0, topics).Select(topic => Encoding.ASCII.GetBytes($"??\0\u0013plotune/bench/t{topic:D4}{{\"value\": "))];
        var packet = new byte[128];
        var begin = Stopwatch.GetTimestamp();
        for (long sent = 0; sent < count; sent++)
        {
            // A sleep lasts some 60 us longer, in which a few more fall due: waiting without it would take a core from those who are measured.
            for (double ahead; (ahead = (double)sent / perSecond - Stopwatch.GetElapsedTime(begin).TotalSeconds) > 0;)
                ReadPacer.Sleep(TimeSpan.FromSeconds(Math.Min(ahead, 0.5)));

            socket.Send(packet.AsSpan(0, Encode(packet, heads[sent % topics], sent / topics)));
        }

        Thread.Sleep(Timeout.Infinite);
    }

    // By hand, since who measures must leave the machine to those who are measured.
    private static int Encode(Span<byte> packet, byte[] head, long value)
    {
        head.CopyTo(packet);
        Utf8Formatter.TryFormat(value, packet[head.Length..], out var digits);
        var length = head.Length + digits;
        var middle = ", \"timestamp\": "u8;
        middle.CopyTo(packet[length..]);
        length += middle.Length;
        Utf8Formatter.TryFormat(UnixTime.Now, packet[length..], out digits, new StandardFormat('F', 6));
        length += digits;
        packet[length++] = (byte)'}';
        (packet[0], packet[1]) = (0x30, (byte)(length - 2));
        return length;
    }
}
