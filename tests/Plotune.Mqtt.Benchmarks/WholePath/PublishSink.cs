using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>A fake broker for publishers, one after the other: takes what comes as fast as the socket gives it, and answers a block of it with one write.</summary>
internal static class PublishSink
{
    /// <summary>Prints <c>listening PORT</c>; runs until killed.</summary>
    public static void Run()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Console.WriteLine($"listening {((IPEndPoint)listener.LocalEndPoint!).Port}");
        while (true)
        {
            using var socket = listener.Accept();
            socket.NoDelay = true;
            Serve(socket);
        }
    }

    private static void Serve(Socket socket)
    {
        var input = new byte[1 << 18];
        var output = new MemoryStream();
        var length = 0;
        try
        {
            while (socket.Receive(input, length, input.Length - length, SocketFlags.None) is var read and > 0)
            {
                length += read;
                var offset = 0;
                while (Take(input.AsSpan(offset, length - offset), output) is var size and > 0)
                {
                    offset += size;
                }

                Buffer.BlockCopy(input, offset, input, 0, length - offset);
                length -= offset;
                for (var sent = 0; sent < output.Length;)
                {
                    sent += socket.Send(output.GetBuffer(), sent, (int)output.Length - sent, SocketFlags.None);
                }

                output.SetLength(0);
            }
        }
        catch (SocketException)
        {
            // The publisher is gone.
        }
    }

    /// <returns>Size of the packet; zero if it is not all there.</returns>
    private static int Take(ReadOnlySpan<byte> bytes, MemoryStream output)
    {
        int remaining = 0, head = 1, shift = 0;
        do
        {
            if (bytes.Length <= head)
            {
                return 0;
            }

            remaining |= (bytes[head] & 127) << shift;
            shift += 7;
        }
        while (bytes[head++] > 127);
        if (bytes.Length < head + remaining)
        {
            return 0;
        }

        Answer(bytes[0], bytes.Slice(head, remaining), output);
        return head + remaining;
    }

    private static void Answer(byte first, ReadOnlySpan<byte> body, MemoryStream output)
    {
        switch (first >> 4)
        {
            case 1:
                output.Write(body[6] == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]);
                break;
            case 3 when (first & 6) != 0:
                var identifier = body[(2 + (body[0] << 8 | body[1]))..];
                output.Write([(byte)((first & 6) == 2 ? 0x40 : 0x50), 2, identifier[0], identifier[1]]);
                break;
            case 6:
                output.Write([0x70, 2, body[0], body[1]]);
                break;
            case 12:
                output.Write([0xD0, 0]);
                break;
        }
    }
}
