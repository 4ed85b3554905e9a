using System.Globalization;
using System.Text.Unicode;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>One variable of a <see cref="VariableSource"/>: its viewers, and how far its numbers have come.</summary>
/// <param name="historyLength">Numbers sent again to each new viewer. With a history numbers are made whether somebody watches or not; without one they wait for a viewer.</param>
internal sealed class SourceVariable(int historyLength) : IDisposable
{
    private const int MaximumBlock = 16 << 10;

    // No frame is longer: a time has 17 characters, a number 19.
    private const int MaximumFrame = 100;

    /// <summary>FIN and opcode 1 (RFC 6455, 5.2); up to 125 bytes the length follows in one byte.</summary>
    private const byte FinalTextFrame = 0x81;

    private readonly SemaphoreSlim _sending = new(1);
    private readonly byte[] _block = new byte[MaximumBlock];
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _history = [];
    private SourceViewer[] _viewers = [];
    private long _sent;
    private long _connections;

    /// <summary>Numbers sent: 0 to one less.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Viewers there have been.</summary>
    public long Connections => Volatile.Read(ref _connections);

    public int Viewers => Volatile.Read(ref _viewers).Length;

    /// <summary>Sends the history, then everything that comes.</summary>
    public async Task AddAsync(SourceViewer viewer, CancellationToken cancellationToken)
    {
        if (historyLength == 0)
        {
            Add(viewer);
            return;
        }

        await _sending.WaitAsync(cancellationToken);
        try
        {
            if (await viewer.TrySendAsync(_history.SelectMany(frame => frame).ToArray()))
                Add(viewer);
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Remove(SourceViewer viewer)
    {
        lock (_lock)
            _viewers = [.. _viewers.Where(other => other != viewer)];
    }

    /// <summary>Sends the next numbers to all viewers there are; without a history it waits for one where there is none.</summary>
    public async Task SendAsync(long count, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            while (count > 0)
            {
                var (frames, length) = FillBlock(count);
                await SendBlockAsync(_block.AsMemory(0, length), cancellationToken);
                Volatile.Write(ref _sent, _sent + frames);
                count -= frames;
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose() => _sending.Dispose();

    private (int Frames, int Length) FillBlock(long count)
    {
        var (frames, length) = (0, 0);
        for (; frames < count && length + MaximumFrame <= _block.Length; frames++)
        {
            Utf8.TryWrite(
                _block.AsSpan(length + 2),
                CultureInfo.InvariantCulture,
                $$"""{"timestamp": {{(DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds:F6}}, "value": {{_sent + frames}}}""",
                out var written);
            _block[length] = FinalTextFrame;
            _block[length + 1] = (byte)written;
            Remember(_block.AsSpan(length, 2 + written));
            length += 2 + written;
        }

        return (frames, length);
    }

    private void Add(SourceViewer viewer)
    {
        lock (_lock)
            _viewers = [.. _viewers, viewer];
        Interlocked.Increment(ref _connections);
    }

    private void Remember(ReadOnlySpan<byte> frame)
    {
        if (historyLength == 0)
            return;

        if (_history.Count == historyLength)
            _history.Dequeue();
        _history.Enqueue(frame.ToArray());
    }

    private async Task SendBlockAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        for (var taken = false; !taken;)
        {
            if (historyLength > 0)
                taken = true;
            else if (Viewers == 0)
                await Eventually.ThatAsync("a viewer connects", () => Viewers > 0 || cancellationToken.IsCancellationRequested);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var viewer in Volatile.Read(ref _viewers))
            {
                if (await viewer.TrySendAsync(block))
                    taken = true;
                else
                    Remove(viewer);
            }
        }
    }
}
