namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>
/// Reads frames from a stream that blocks; made for a thread of its own, since a pending read of standard input observes no token. Does not
/// own the stream. The buffer starts at 16 KiB, grows only as bytes arrive and shrinks again after a large frame.
/// </summary>
public sealed class FrameReader(Stream stream)
{
    private const int InitialCapacity = 16 << 10;
    private const int BlockLength = 256 << 10;

    private byte[] _buffer = new byte[InitialCapacity];
    private int _start;
    private int _end;
    private int _taken;
    private volatile bool _isWaiting;

    /// <summary>True while a read of the stream is pending and nothing is buffered: silence now is the other end's silence. Any thread.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>Blocks until a whole frame is there.</summary>
    /// <param name="frame">Valid until the next call.</param>
    /// <returns>False if the stream ended between two frames.</returns>
    /// <exception cref="FrameException">The frame is broken, or the stream ended inside it.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public bool TryRead(out FrameView frame)
    {
        _start += _taken;
        _taken = 0;
        int needed = FrameHeader.Length;
        while (true)
        {
            int buffered = _end - _start;
            if (buffered >= needed)
            {
                (FrameKind kind, int bodyLength) = FrameHeader.Read(_buffer.AsSpan(_start, buffered));
                needed = FrameHeader.Length + bodyLength;
                if (buffered >= needed)
                {
                    _taken = needed;
                    frame = new FrameView(kind, _buffer.AsSpan(_start + FrameHeader.Length, bodyLength));
                    return true;
                }
            }

            if (!Fill())
            {
                frame = default;
                return buffered == 0 ? false : throw new FrameException($"The stream ended inside a frame, {needed - buffered} bytes short.");
            }
        }
    }

    private bool Fill()
    {
        MakeRoom();
        _isWaiting = _start == _end;
        int read = stream.Read(_buffer, _end, Math.Min(BlockLength, _buffer.Length - _end));
        _isWaiting = false;
        _end += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        int buffered = _end - _start;
        bool wasFull = _end == _buffer.Length;
        int capacity = _buffer.Length;
        if (buffered == capacity)
            capacity = (int)Math.Min(capacity * 2L, FrameHeader.Length + FrameHeader.MaximumBodyLength);
        else if (wasFull && capacity < BlockLength)
            capacity *= 2;
        else if (capacity > BlockLength && buffered <= BlockLength / 2)
            capacity = BlockLength;

        byte[] target = capacity == _buffer.Length ? _buffer : GC.AllocateUninitializedArray<byte>(capacity);
        if (_start > 0 || target != _buffer)
        {
            _buffer.AsSpan(_start, buffered).CopyTo(target);
            _buffer = target;
            _start = 0;
            _end = buffered;
        }
    }
}
