using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// Formats samples into blocks of memory that viewers share: one allocation per block, not per sample. A written byte is never changed. A block is small, because a viewer
/// that stands still holds on to the block of every sample in its queue. Not thread-safe.
/// </summary>
internal sealed class SampleChunk
{
    private const int Length = 4096;

    private byte[] _block = [];
    private int _used;

    /// <param name="text">Well-formed UTF-8, for a text.</param>
    public ReadOnlyMemory<byte> Format(long timeMicros, SignalValueKind kind, double number, ReadOnlySpan<byte> text)
    {
        var room = SampleJson.MaximumSampleBytes(text.Length);
        if (room > Length)
            return FormatAlone(room, timeMicros, kind, number, text);

        if (_block.Length - _used < room)
        {
            _block = GC.AllocateUninitializedArray<byte>(Length);
            _used = 0;
        }

        var start = _used;
        _used += SampleJson.WriteSample(_block.AsSpan(start), timeMicros, kind, number, text);
        return new ReadOnlyMemory<byte>(_block, start, _used - start);
    }

    private static ReadOnlyMemory<byte> FormatAlone(int room, long timeMicros, SignalValueKind kind, double number, ReadOnlySpan<byte> text)
    {
        var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(room);
        var sample = rented.AsSpan(0, SampleJson.WriteSample(rented, timeMicros, kind, number, text)).ToArray();
        System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        return sample;
    }
}
