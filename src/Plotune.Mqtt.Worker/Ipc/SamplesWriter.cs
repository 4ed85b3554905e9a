using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>
/// Fills one <see cref="FrameKind.Samples"/> frame, which <see cref="SamplesReader"/> describes. The buffer is used again from frame to frame:
/// it starts at 16 KiB, grows with its content, and is given back when a frame needed far more than usual. Not thread-safe.
/// </summary>
public sealed class SamplesWriter
{
    private const int InitialCapacity = 16 << 10;
    private const int KeptCapacity = 128 << 10;

    // Larger than what any sample needs besides its text: head and double, or head and length.
    private const int SampleOverhead = 12;

    private byte[] _buffer = new byte[InitialCapacity];
    private int _length = FrameHeader.Length;

    public bool IsEmpty => _length == FrameHeader.Length;

    /// <summary>Bytes of the frame so far, header included.</summary>
    public int Length => _length;

    public ReadOnlySpan<byte> Body => _buffer.AsSpan(FrameHeader.Length, _length - FrameHeader.Length);

    /// <summary>Completes the header; the whole frame, valid until the next call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The body is longer than <see cref="FrameHeader.MaximumBodyLength"/>.</exception>
    public ReadOnlySpan<byte> GetFrame()
    {
        FrameHeader.Write(_buffer, FrameKind.Samples, _length - FrameHeader.Length);
        return _buffer.AsSpan(0, _length);
    }

    /// <summary>Appends one message. A message without samples is left out.</summary>
    /// <param name="text">What the samples' text offsets refer to.</param>
    public void Append(long timeMicros, bool retained, ReadOnlySpan<SignalSample> samples, ReadOnlySpan<byte> text)
    {
        if (samples.IsEmpty)
            return;

        // Texts of a message do not overlap, so their sum is bounded by the whole; each text slice is checked all the same.
        EnsureRoom(SamplesReader.MessageHeaderLength + ((long)samples.Length * SampleOverhead) + text.Length);
        byte[] buffer = _buffer;
        ref byte first = ref MemoryMarshal.GetArrayDataReference(buffer);
        ref byte start = ref Unsafe.Add(ref first, _length);
        WriteUInt64(ref start, (ulong)timeMicros);
        WriteUInt32(ref Unsafe.Add(ref start, 8), (uint)samples.Length | (retained ? SamplesReader.RetainedBit : 0));
        int length = _length + SamplesReader.MessageHeaderLength;
        int textLeft = text.Length;
        foreach (ref readonly SignalSample sample in samples)
        {
            ref byte at = ref Unsafe.Add(ref first, length);
            uint head = ((uint)sample.SignalId & WireSample.MaximumSignalId) | ((uint)sample.Kind << WireSample.KindShift);
            switch (sample.Kind)
            {
                case SignalValueKind.Number:
                case SignalValueKind.Boolean:
                    WriteUInt32(ref at, head);
                    WriteUInt64(ref Unsafe.Add(ref at, 4), BitConverter.DoubleToUInt64Bits(sample.Number));
                    length += 12;
                    break;

                case SignalValueKind.Text:
                    ReadOnlySpan<byte> value = text.Slice(sample.TextOffset, sample.TextLength);
                    textLeft -= value.Length;
                    ArgumentOutOfRangeException.ThrowIfNegative(textLeft, nameof(samples));
                    WriteUInt32(ref at, head | (sample.TextCut ? WireSample.CutBit : 0));
                    WriteUInt32(ref Unsafe.Add(ref at, 4), (uint)value.Length);
                    value.CopyTo(buffer.AsSpan(length + 8));
                    length += 8 + value.Length;
                    break;

                default:
                    WriteUInt32(ref at, head);
                    length += 4;
                    break;
            }
        }

        _length = length;
    }

    /// <summary>Starts the next frame.</summary>
    public void Clear()
    {
        _length = FrameHeader.Length;
        if (_buffer.Length > KeptCapacity)
            _buffer = new byte[InitialCapacity];
    }

    private void EnsureRoom(long length)
    {
        long needed = _length + length;
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, checked((int)Math.Max(Math.Min(_buffer.Length * 2L, Array.MaxLength), needed)));
    }

    private static void WriteUInt32(ref byte destination, uint value) =>
        Unsafe.WriteUnaligned(ref destination, BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));

    private static void WriteUInt64(ref byte destination, ulong value) =>
        Unsafe.WriteUnaligned(ref destination, BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
}
