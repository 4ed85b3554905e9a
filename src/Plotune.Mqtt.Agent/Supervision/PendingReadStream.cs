namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A stream that knows since when its reader waits for bytes: while it does, silence is the writer's. One reader; any thread may ask.</summary>
internal sealed class PendingReadStream(Stream inner, TimeProvider timeProvider) : Stream
{
    private long _pendingSince;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>How long the read that is under way has waited; zero if none is.</summary>
    public TimeSpan Waiting
    {
        get
        {
            var since = Volatile.Read(ref _pendingSince);
            return since == 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(since);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        Volatile.Write(ref _pendingSince, Math.Max(1, timeProvider.GetTimestamp()));
        try
        {
            return inner.Read(buffer);
        }
        finally
        {
            Volatile.Write(ref _pendingSince, 0);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
