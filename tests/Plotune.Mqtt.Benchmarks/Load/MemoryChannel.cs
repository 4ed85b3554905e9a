using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>
/// A channel in memory that never waits: reads give the preface once and the ring again and again, up to 128 KiB at once; writes are only counted.
/// Its tasks are used again, so that what a benchmark allocates is not the channel's.
/// </summary>
internal sealed class MemoryChannel(byte[] preface, byte[] ring) : IMqttChannel
{
    /// <summary>Less than is asked for, so that large reads are all as large.</summary>
    private const int LargestRead = 128 << 10;

    private readonly Task<int>[] _results = [.. Enumerable.Range(0, 1024).Select(Task.FromResult)];
    private byte[] _bytes = preface;
    private Task<int> _largeResult = Task.FromResult(0);
    private int _position;

    public long BytesWritten { get; private set; }

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => null;

    public EndPoint? LocalEndPoint => null;

    public bool IsSecureConnection => false;

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        if (_position == _bytes.Length)
        {
            (_bytes, _position) = (ring, 0);
        }

        var length = Math.Min(Math.Min(count, LargestRead), _bytes.Length - _position);
        _bytes.AsSpan(_position, length).CopyTo(buffer.AsSpan(offset));
        _position += length;
        if (length < _results.Length)
        {
            return _results[length];
        }

        return _largeResult.Result == length ? _largeResult : _largeResult = Task.FromResult(length);
    }

    public Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        BytesWritten += buffer.Length;
        return Task.CompletedTask;
    }

    public void Dispose()
    {
    }
}
