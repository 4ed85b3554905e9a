using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Benchmarks.Load;
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
        string[] names = [.. Enumerable.Range(0, topics).Select(topic => $"plotune/bench/t{topic:D4}")];
        var begin = Stopwatch.GetTimestamp();
        for (long sent = 0; sent < count; sent++)
        {
            for (double ahead; (ahead = (double)sent / perSecond - Stopwatch.GetElapsedTime(begin).TotalSeconds) > 0;)
            {
                // A sleep lasts some 60 us longer.
                if (ahead > 60e-6) ReadPacer.Sleep(TimeSpan.FromSeconds(Math.Min(ahead - 55e-6, 0.5)));
            }

            var payload = string.Create(CultureInfo.InvariantCulture, $$"""{"value": {{sent / topics}}, "timestamp": {{UnixTime.Now:F6}}}""");
            socket.Send(PublishPacket.Encode(names[sent % topics], payload, 0, 0, version5: false));
        }

        Thread.Sleep(Timeout.Infinite);
    }
}
