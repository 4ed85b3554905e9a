using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>A broker in memory for one publisher of QoS 1 in MQTT 3.1.1: accepts the connection and acknowledges every PUBLISH as soon as it is written.</summary>
internal sealed class AnsweringChannel : IMqttChannel
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _answers = new();
    private TaskCompletionSource? _readable;
    private bool _isDisposed;

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => null;

    public EndPoint? LocalEndPoint => null;

    public bool IsSecureConnection => false;

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task readable;
            lock (_gate)
            {
                if (_isDisposed)
                {
                    return 0;
                }

                var read = _answers.Read(buffer, offset, count);
                if (read > 0)
                {
                    return read;
                }

                _answers.SetLength(0);
                readable = (_readable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await readable.WaitAsync(cancellationToken);
        }
    }

    public Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        Span<byte> packet = buffer.IsSingleSegment ? default : new byte[buffer.Length];
        ReadOnlySpan<byte> bytes = buffer.FirstSpan;
        if (!buffer.IsSingleSegment)
        {
            buffer.CopyTo(packet);
            bytes = packet;
        }

        lock (_gate)
        {
            var position = _answers.Position;
            _answers.Position = _answers.Length;
            Answer(bytes);
            _answers.Position = position;
            _readable?.TrySetResult();
            _readable = null;
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _readable?.TrySetResult();
        }
    }

    private void Answer(ReadOnlySpan<byte> packet)
    {
        switch (packet[0] >> 4)
        {
            case 1:
                _answers.Write([0x20, 2, 0, 0]);
                break;
            case 3:
                // The packets of the benchmark are shorter than 128 bytes.
                var identifier = 4 + (packet[2] << 8 | packet[3]);
                _answers.Write([0x40, 2, packet[identifier], packet[identifier + 1]]);
                break;
        }
    }
}
