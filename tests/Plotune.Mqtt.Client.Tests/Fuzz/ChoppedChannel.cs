using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Client.Tests.Fuzz;

/// <summary>Gives bytes out in pieces of random size, and then the end; never waits. Watches what is asked of it.</summary>
internal sealed class ChoppedChannel(byte[] bytes, Random random) : IMqttChannel
{
    private int _position;

    public int LargestBuffer { get; private set; }

    public int Reads { get; private set; }

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => null;

    public EndPoint? LocalEndPoint => null;

    public bool IsSecureConnection => false;

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Reads++;
        LargestBuffer = Math.Max(LargestBuffer, buffer.Length);
        var length = Math.Min(Math.Min(count, bytes.Length - _position), random.Next(4) == 0 ? 1 : random.Next(1, 600));
        bytes.AsSpan(_position, length).CopyTo(buffer.AsSpan(offset, count));
        _position += length;
        return Task.FromResult(length);
    }

    public Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }
}
