namespace Plotune.Mqtt.Worker.Tests.Ingest;

/// <summary>Keeps every write apart, or only counts them.</summary>
internal sealed class RecordingStream(bool keeps = true) : Stream
{
    public List<byte[]> Writes { get; } = [];

    public int LargestWrite { get; private set; }

    public long ByteCount { get; private set; }

    /// <summary>Thrown by the next write, if set.</summary>
    public Exception? Failure { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Failure is not null)
            throw Failure;
        LargestWrite = Math.Max(LargestWrite, buffer.Length);
        ByteCount += buffer.Length;
        if (keeps)
            Writes.Add(buffer.ToArray());
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
