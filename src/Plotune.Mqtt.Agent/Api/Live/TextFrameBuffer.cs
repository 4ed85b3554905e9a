using System.Buffers;
using System.Buffers.Binary;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// Unmasked WebSocket text frames as a server sends them (RFC 6455, 5.2), many in one buffer so that they leave in one write.
/// Holds a pooled buffer between the first append and <see cref="Release"/>. Not thread-safe.
/// </summary>
internal sealed class TextFrameBuffer : IBufferWriter<byte>
{
    private const byte FinalText = 0x81;
    private const int MaximumHeaderBytes = 10;
    private const int InitialBytes = 4096;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>What is ready to be written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(_start, _end - _start);

    public int Length => _end - _start;

    /// <summary>Appends one frame whose payload is the parts one after the other.</summary>
    public void AppendFrame(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default)
    {
        var payload = first.Length + second.Length + third.Length;
        Reserve(MaximumHeaderBytes + payload);
        _end += WriteHeader(_buffer.AsSpan(_end), payload);
        AppendRaw(first);
        AppendRaw(second);
        AppendRaw(third);
    }

    /// <summary>Starts a frame of a length not known yet, in an empty buffer; <see cref="Append"/> fills it, <see cref="EndFrame"/> makes it ready.</summary>
    public void BeginFrame()
    {
        Reserve(InitialBytes);
        _start = _end = MaximumHeaderBytes;
    }

    /// <summary>Payload of the frame begun.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        AppendRaw(bytes);
    }

    /// <summary>Room for payload of the frame begun, to be filled and then counted by <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _buffer.AsSpan(_end);
    }

    /// <inheritdoc cref="GetSpan"/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _buffer.AsMemory(_end);
    }

    /// <summary>Counts bytes written into what <see cref="GetSpan"/> or <see cref="GetMemory"/> gave as payload of the frame begun.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _end), nameof(count));
        _end += count;
    }

    public void EndFrame()
    {
        Span<byte> header = stackalloc byte[MaximumHeaderBytes];
        var length = WriteHeader(header, _end - _start);
        _start -= length;
        header[..length].CopyTo(_buffer.AsSpan(_start));
    }

    /// <summary>Empties the buffer and keeps it.</summary>
    public void Clear() => _start = _end = 0;

    /// <summary>Empties the buffer and gives it back: an idle viewer holds none.</summary>
    public void Release()
    {
        Clear();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static int WriteHeader(Span<byte> header, int payload)
    {
        header[0] = FinalText;
        switch (payload)
        {
            case < 126:
                header[1] = (byte)payload;
                return 2;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payload);
                return 4;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)payload);
                return 10;
        }
    }

    private void AppendRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _end >= bytes) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialBytes, Math.Max(_buffer.Length * 2, _end + bytes)));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
