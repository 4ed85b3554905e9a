using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Writes whole frames to a stream, from any thread; a write blocks while the other end is behind. Does not own the stream.</summary>
public sealed class FrameWriter(Stream stream)
{
    private const int KeptCapacity = 4 << 10;

    private readonly Lock _lock = new();
    private readonly byte[] _small = new byte[KeptCapacity];

    /// <exception cref="ArgumentOutOfRangeException">The body is longer than <see cref="FrameHeader.MaximumBodyLength"/>; nothing was written.</exception>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Write(FrameKind kind, ReadOnlySpan<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, FrameHeader.MaximumBodyLength, nameof(body));
        int length = FrameHeader.Length + body.Length;
        lock (_lock)
        {
            Span<byte> frame = length <= KeptCapacity ? _small.AsSpan(0, length) : new byte[length];
            FrameHeader.Write(frame, kind, body.Length);
            body.CopyTo(frame[FrameHeader.Length..]);
            stream.Write(frame);
            stream.Flush();
        }
    }

    /// <inheritdoc cref="Write"/>
    public void WriteJson<T>(FrameKind kind, T value, JsonTypeInfo<T> typeInfo) => Write(kind, JsonSerializer.SerializeToUtf8Bytes(value, typeInfo));

    /// <summary>Writes frames that already have their headers, in one write.</summary>
    internal void WriteFrames(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            stream.Write(frames);
            stream.Flush();
        }
    }
}
