namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Frames collected for one write; grows as needed and gives the memory back when cleared. Not thread-safe.</summary>
internal sealed class FrameBuffer
{
    private const int KeptCapacity = 64 << 10;

    private byte[] _buffer = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Frames => _buffer.AsSpan(0, Length);

    public void Append(FrameKind kind, ReadOnlySpan<byte> body)
    {
        Span<byte> frame = Reserve(FrameHeader.Length + body.Length);
        FrameHeader.Write(frame, kind, body.Length);
        body.CopyTo(frame[FrameHeader.Length..]);
    }

    /// <summary>Appends bytes that are whole frames already.</summary>
    public void AppendFrames(ReadOnlySpan<byte> frames) => frames.CopyTo(Reserve(frames.Length));

    public void Clear()
    {
        Length = 0;
        if (_buffer.Length > KeptCapacity)
            _buffer = [];
    }

    private Span<byte> Reserve(int length)
    {
        int start = Length;
        Length = checked(start + length);
        if (Length > _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Clamp(_buffer.Length * 2L, Length, Array.MaxLength));

        return _buffer.AsSpan(start, length);
    }
}
