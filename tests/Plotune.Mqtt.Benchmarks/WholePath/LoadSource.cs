using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// A fake broker for one subscriber: after SUBSCRIBE it writes PUBLISH packets at a rate or as fast as the socket takes them, round robin over the topics
/// <c>plotune/bench/t0000</c>..., then one on <c>plotune/bench/end</c>. Speaks MQTT 3.1.1 and 5.0 as far as a subscriber needs.
/// </summary>
internal static class LoadSource
{
    private const int RingBytes = 8 << 20;
    private const int Window = 1000;

    /// <summary>What a shuffled ring is longer, so that many topics too come in several orders.</summary>
    private const int Orders = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);

    /// <summary>Prints <c>listening PORT</c>, with TLS <c>certificate BASE64</c>, and <c>first SECONDS</c> (since 1970) just before the first PUBLISH that counts.</summary>
    public static void Run(LoadSettings load)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using var certificate = load.IsTls ? CreateCertificate() : null;
        Console.WriteLine($"listening {((IPEndPoint)listener.LocalEndPoint!).Port}");
        if (certificate is not null) Console.WriteLine($"certificate {Convert.ToBase64String(certificate.RawData)}");
        using var socket = listener.Accept();
        socket.NoDelay = true;
        using var stream = Open(socket, certificate);
        var subscriber = new Subscriber(socket, stream);
        subscriber.AwaitSubscription();

        var (ring, sizes) = Encode(load, subscriber.IsVersion5);
        try
        {
            Send(subscriber, ring, sizes, load.WarmUp, load);
            // The subscriber works off what it has in its buffers.
            Thread.Sleep(Pause);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first {UnixTime.Now:F6}"));
            Send(subscriber, ring, sizes, load.Count, load);
            var end = $$"""{"value": {{load.Count}}, "timestamp": 1766000000.123}""";
            subscriber.Write(PublishPacket.Encode("plotune/bench/end", end, load.Qos, 65535, subscriber.IsVersion5));
            subscriber.ServeUntilClosed();
        }
        catch (IOException)
        {
            // The subscriber has seen enough. Where it should not have gone, whoever waits for the last message tells.
        }
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static Stream Open(Socket socket, X509Certificate2? certificate)
    {
        var network = new NetworkStream(socket);
        if (certificate is null) return network;
        var stream = new SslStream(network);
        stream.AuthenticateAsServer(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = SslProtocols.Tls13 });
        return stream;
    }

    private static void Send(Subscriber subscriber, byte[] ring, int[] sizes, long count, LoadSettings load)
    {
        var qos = load.Qos;
        var begin = Stopwatch.GetTimestamp();
        var before = subscriber.Acknowledged;
        long sent = 0;
        var index = 0;
        var position = 0;
        while (sent < count)
        {
            var may = Math.Min(count - sent, sizes.Length - index);
            if (qos > 0)
            {
                subscriber.AwaitAcknowledged(before + sent - Window + 1);
                may = Math.Min(may, subscriber.Acknowledged - before + Window - sent);
            }

            if (load.Rate > 0)
            {
                may = Math.Min(may, AwaitDue(begin, sent, load.Rate));
            }

            var packets = 0;
            var bytes = 0;
            while (packets < may && bytes < 256 << 10)
            {
                bytes += sizes[index + packets++];
            }

            subscriber.Write(ring.AsSpan(position, bytes));
            sent += packets;
            index += packets;
            position += bytes;
            if (index == sizes.Length)
            {
                index = position = 0;
            }
        }

        if (qos > 0)
        {
            subscriber.AwaitAcknowledged(before + count);
        }
    }

    /// <summary>Waits until the next message is due.</summary>
    /// <returns>How many are.</returns>
    private static long AwaitDue(long begin, long sent, int rate)
    {
        while (true)
        {
            var ahead = (sent + 1.0) / rate - Stopwatch.GetElapsedTime(begin).TotalSeconds;
            if (ahead <= 0) return 1 + (long)(-ahead * rate);
            ReadPacer.Sleep(TimeSpan.FromSeconds(Math.Min(ahead, 0.5)));
        }
    }

    private static (byte[] Ring, int[] Sizes) Encode(LoadSettings load, bool version5)
    {
        using var ring = new MemoryStream();
        var sizes = new List<int>();
        int[] topics = [.. Enumerable.Range(0, load.Topics)];
        var random = new Random(1);
        var bytes = load.IsShuffled ? Orders * RingBytes : RingBytes;
        for (var i = 0; ring.Length < bytes && sizes.Count < load.WarmUp + load.Count; i++)
        {
            if (load.IsShuffled) random.Shuffle(topics);

            // The ring holds whole rounds over the topics.
            foreach (var topic in topics)
            {
                var packet = PublishPacket.Encode($"plotune/bench/t{topic:D4}", PayloadText.Of(load.Payload, sizes.Count), load.Qos, (ushort)(sizes.Count % 65_000 + 1), version5);
                ring.Write(packet);
                sizes.Add(packet.Length);
            }
        }

        return (ring.ToArray(), [.. sizes]);
    }

    /// <summary>The one connection: answers control packets and counts acknowledgements.</summary>
    private sealed class Subscriber(Socket socket, Stream stream)
    {
        private readonly byte[] _input = new byte[1 << 16];
        private int _length;
        private bool _subscribed;

        public bool IsVersion5 { get; private set; }

        public long Acknowledged { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

        public void AwaitSubscription()
        {
            while (!_subscribed && Read())
            {
            }
        }

        public void AwaitAcknowledged(long count)
        {
            while ((Acknowledged < count || socket.Available > 0) && Read())
            {
            }
        }

        public void ServeUntilClosed()
        {
            while (Read())
            {
            }
        }

        private bool Read()
        {
            int read;
            try
            {
                read = stream.Read(_input, _length, _input.Length - _length);
            }
            catch (IOException)
            {
                return false;
            }

            _length += read;
            var offset = 0;
            while (_length - offset >= 2)
            {
                int remaining = 0, head = 1, shift = 0;
                byte next;
                do
                {
                    next = _input[offset + head++];
                    remaining |= (next & 127) << shift;
                    shift += 7;
                }
                while (next > 127 && offset + head < _length);
                if (_length - offset < head + remaining)
                {
                    break;
                }

                Answer(_input[offset], _input.AsSpan(offset + head, remaining));
                offset += head + remaining;
            }

            Buffer.BlockCopy(_input, offset, _input, 0, _length - offset);
            _length -= offset;
            return read > 0;
        }

        private void Answer(byte header, ReadOnlySpan<byte> body)
        {
            switch (header >> 4)
            {
                case 1:
                    IsVersion5 = body[6] == 5;
                    Write(IsVersion5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]);
                    break;
                case 4:
                    Acknowledged++;
                    break;
                case 8:
                    Grant(body);
                    _subscribed = true;
                    break;
                case 12:
                    Write([0xd0, 0]);
                    break;
            }
        }

        private void Grant(ReadOnlySpan<byte> body)
        {
            var granted = new List<byte>();
            var offset = IsVersion5 ? 3 + body[2] : 2;
            while (offset < body.Length)
            {
                offset += 2 + BinaryPrimitives.ReadUInt16BigEndian(body[offset..]);
                granted.Add((byte)(body[offset++] & 3));
            }

            Write([0x90, (byte)(2 + (IsVersion5 ? 1 : 0) + granted.Count), body[0], body[1], .. IsVersion5 ? [(byte)0] : Array.Empty<byte>(), .. granted]);
        }
    }
}
