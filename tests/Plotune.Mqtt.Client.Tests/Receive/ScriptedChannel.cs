using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>A channel in memory: the test feeds what the broker sends, piece by piece, and sees what is written, write by write.</summary>
internal sealed class ScriptedChannel : IMqttChannel
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _incoming = new();
    private readonly List<byte[]> _writes = [];
    private TaskCompletionSource? _readable;
    private TaskCompletionSource? _writeGate;
    private bool _isEnded;
    private int _isDisposed;

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => null;

    public EndPoint? LocalEndPoint => null;

    public bool IsSecureConnection => false;

    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    /// <summary>True while a read waits for bytes and everything fed has been read.</summary>
    public bool IsReadPending
    {
        get
        {
            lock (_gate)
                return _readable is not null && _incoming.Count == 0 && !_isEnded;
        }
    }

    /// <summary>Makes every write fail.</summary>
    public Exception? WriteFailure { get; set; }

    public int LargestRead { get; private set; }

    public byte[][] Writes
    {
        get
        {
            lock (_gate)
                return [.. _writes];
        }
    }

    public byte[] Written => [.. Writes.SelectMany(w => w)];

    /// <summary>Adds a piece that one read returns, or several if it asks for less.</summary>
    public void Feed(params byte[] bytes)
    {
        lock (_gate)
            _incoming.Enqueue(bytes);
        Wake();
    }

    /// <summary>The broker closes the connection after what it has sent.</summary>
    public void End()
    {
        lock (_gate)
            _isEnded = true;
        Wake();
    }

    /// <summary>From now on writes wait, as if the broker read nothing.</summary>
    public void HoldWrites() => _writeGate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetWritesGo()
    {
        TaskCompletionSource? gate = _writeGate;
        _writeGate = null;
        gate?.TrySetResult();
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        LargestRead = Math.Max(LargestRead, count);
        while (true)
        {
            TaskCompletionSource readable;
            lock (_gate)
            {
                _readable = null;
                if (IsDisposed)
                    return 0;
                if (_incoming.TryDequeue(out byte[]? piece))
                    return Take(piece, buffer.AsSpan(offset, count));
                if (_isEnded)
                    return 0;
                _readable = readable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            await readable.Task.WaitAsync(cancellationToken);
        }
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        byte[] bytes = buffer.ToArray();
        if (_writeGate is { } gate)
            await gate.Task;
        if (WriteFailure is { } failure)
            throw failure;
        lock (_gate)
            _writes.Add(bytes);
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _isDisposed, 1);
        LetWritesGo();
        Wake();
    }

    private int Take(byte[] piece, Span<byte> target)
    {
        int count = Math.Min(piece.Length, target.Length);
        piece.AsSpan(0, count).CopyTo(target);
        if (count == piece.Length)
            return count;
        byte[][] later = [piece[count..], .. _incoming];
        _incoming.Clear();
        foreach (byte[] rest in later)
            _incoming.Enqueue(rest);
        return count;
    }

    private void Wake()
    {
        lock (_gate)
            _readable?.TrySetResult();
    }
}
