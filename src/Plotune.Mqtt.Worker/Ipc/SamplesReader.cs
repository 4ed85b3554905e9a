using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>
/// Walks the body of a <see cref="FrameKind.Samples"/> frame. Per message: i64 time in microseconds, u32 count | retained &lt;&lt; 31; per sample:
/// u32 id | kind &lt;&lt; 28 | cut &lt;&lt; 30, then a double for numbers and booleans, u32 length and bytes for texts, nothing for gaps.
/// Every length is checked before it is used; nothing is allocated.
/// </summary>
public ref struct SamplesReader(ReadOnlySpan<byte> body)
{
    internal const int MessageHeaderLength = 12;
    internal const uint RetainedBit = 1u << 31;

    private readonly ReadOnlySpan<byte> _body = body;
    private int _offset;
    private int _left;

    /// <summary>Time of the current message's samples, microseconds since 1970.</summary>
    public long TimeMicros { get; private set; }

    /// <summary>The current message was a retained one.</summary>
    public bool Retained { get; private set; }

    /// <summary>Goes to the next message, past samples not read. False at the end of the body.</summary>
    /// <exception cref="FrameException">The bytes do not add up.</exception>
    public bool NextMessage()
    {
        while (_left > 0)
            NextSample(out _);

        if (_offset == _body.Length)
            return false;

        if (_body.Length - _offset < MessageHeaderLength)
            ThrowEndsInside();

        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(_body), _offset);
        TimeMicros = (long)ReadUInt64(ref at);
        uint count = ReadUInt32(ref Unsafe.Add(ref at, 8));
        Retained = (count & RetainedBit) != 0;
        _left = (int)(count & ~RetainedBit);
        _offset += MessageHeaderLength;
        return true;
    }

    /// <summary>The next sample of the current message; false after the last.</summary>
    /// <exception cref="FrameException">The bytes do not add up.</exception>
    public bool NextSample(out WireSample sample)
    {
        if (_left == 0)
        {
            sample = default;
            return false;
        }

        int available = _body.Length - _offset;
        if (available < 4)
            ThrowEndsInside();

        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(_body), _offset);
        uint head = ReadUInt32(ref at);
        if ((head & WireSample.ReservedBit) != 0)
            ThrowReserved();

        _left--;
        switch ((SignalValueKind)((head >> WireSample.KindShift) & WireSample.KindMask))
        {
            case SignalValueKind.Number:
            case SignalValueKind.Boolean:
                if (available < 12)
                    ThrowEndsInside();

                _offset += 12;
                sample = new WireSample(head, BitConverter.UInt64BitsToDouble(ReadUInt64(ref Unsafe.Add(ref at, 4))), default);
                return true;

            case SignalValueKind.Text:
                if (available < 8)
                    ThrowEndsInside();

                uint length = ReadUInt32(ref Unsafe.Add(ref at, 4));
                if (length > (uint)(available - 8))
                    ThrowEndsInside();

                sample = new WireSample(head, 0, _body.Slice(_offset + 8, (int)length));
                _offset += 8 + (int)length;
                return true;

            default:
                _offset += 4;
                sample = new WireSample(head, 0, default);
                return true;
        }
    }

    /// <summary>Goes past samples, also into further messages, and takes no more of them than whose they are. What does not add up ends it; only another reader tells why.</summary>
    /// <param name="ids">Gets their signals.</param>
    /// <returns>How many there were.</returns>
    public int Skim(scoped Span<int> ids)
    {
        ref byte start = ref MemoryMarshal.GetReference(_body);
        long offset = _offset;
        int count = 0;
        while (count < ids.Length)
        {
            // Eight bytes are the least but for a gap, and a gap at the very end is not missed.
            if (_body.Length - offset < (_left == 0 ? MessageHeaderLength : 8))
                break;

            if (_left == 0)
            {
                _left = (int)(ReadUInt32(ref Unsafe.Add(ref start, (nint)offset + 8)) & ~RetainedBit);
                offset += MessageHeaderLength;
                continue;
            }

            uint head = ReadUInt32(ref Unsafe.Add(ref start, (nint)offset));
            ids[count++] = (int)(head & WireSample.MaximumSignalId);
            _left--;
            offset += (SignalValueKind)((head >> WireSample.KindShift) & WireSample.KindMask) switch
            {
                SignalValueKind.Number or SignalValueKind.Boolean => 12,
                SignalValueKind.Text => 8 + (long)ReadUInt32(ref Unsafe.Add(ref start, (nint)offset + 4)),
                _ => 4,
            };
        }

        _offset = (int)Math.Min(offset, _body.Length);
        return count;
    }

    private static uint ReadUInt32(ref byte source)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref source);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static ulong ReadUInt64(ref byte source)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref source);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [DoesNotReturn]
    private static void ThrowEndsInside() => throw new FrameException("Samples end inside a message.");

    [DoesNotReturn]
    private static void ThrowReserved() => throw new FrameException("A sample's reserved bit is set.");
}
