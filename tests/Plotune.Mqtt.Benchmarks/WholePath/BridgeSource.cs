using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Unicode;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// Variables to bridge: <c>/fetch/burst-COUNT-ANY</c> sends so many samples as fast as they are taken, <c>/fetch/paced-COUNT-PERSECOND</c> so many at a pace. The value is the time of sending, by the clock of
/// <see cref="Stopwatch"/>, which all processes share.
/// </summary>
internal static class BridgeSource
{
    private const string Prefix = "/fetch/";
    private const int BlockBytes = 16 << 10;
    private const int MaximumFrame = 127;
    private const byte FinalTextFrame = 0x81;

    /// <summary>Prints <c>listening PORT</c> and serves until it is ended.</summary>
    public static async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine($"listening {((IPEndPoint)listener.LocalEndpoint).Port}");
        while (true)
            _ = ServeAsync(await listener.AcceptSocketAsync());
    }

    private static async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var request = await WebSocketHandshake.AcceptAsync(stream, subProtocol: null, CancellationToken.None);
            var name = request.Split(' ')[1][Prefix.Length..].Split('-');
            var (count, argument) = (int.Parse(name[1], CultureInfo.InvariantCulture), int.Parse(name[2], CultureInfo.InvariantCulture));
            await (name[0] == "paced" ? SendPacedAsync(stream, count, argument) : SendAsync(stream, count));
            // Pings go unanswered: a measurement is shorter than the patience with that.
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // The agent has let go.
        }
    }

    private static async Task SendAsync(NetworkStream stream, int count)
    {
        var block = new byte[BlockBytes];
        while (count > 0)
        {
            var length = 0;
            for (; count > 0 && length + MaximumFrame <= block.Length; count--)
                length += WriteFrame(block.AsSpan(length));
            await stream.WriteAsync(block.AsMemory(0, length));
        }
    }

    private static async Task SendPacedAsync(NetworkStream stream, int count, int perSecond)
    {
        var frame = new byte[MaximumFrame];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var early = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
                await Task.Delay(early);
            await stream.WriteAsync(frame.AsMemory(0, WriteFrame(frame)));
        }
    }

    private static int WriteFrame(Span<byte> target)
    {
        Utf8.TryWrite(target[2..], CultureInfo.InvariantCulture, $$"""{"timestamp": {{UnixTime.Now:F6}}, "value": {{Stopwatch.GetTimestamp()}}}""", out var length);
        target[0] = FinalTextFrame;
        target[1] = (byte)length;
        return 2 + length;
    }
}
