namespace Plotune.Mqtt.Worker.Tests.Ipc;

/// <summary>Gives its bytes in pieces of a chosen size and counts what was asked for.</summary>
internal sealed class DribblingStream(byte[] bytes, int pieceLength) : Stream
{
    private int _position;

    public int LargestRequest { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        LargestRequest = Math.Max(LargestRequest, count);
        int length = Math.Min(Math.Min(count, pieceLength), bytes.Length - _position);
        Array.Copy(bytes, _position, buffer, offset, length);
        _position += length;
        return length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
