using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The newest samples of one signal: a ring that grows as it fills, by blocks as large as all before them, so that growing copies nothing and leaves no garbage. Times and numbers are
/// all it takes for numbers; a byte per sample is added once another kind or a retained sample comes, and references to texts once a text comes. Guarded by the lock of the signal's connection.
/// </summary>
/// <remarks>A structure inside its signal, never copied: a number is added with no more than the signal's memory and the place where it goes.</remarks>
internal struct SignalHistory(int limit)
{
    private const int FirstBlock = 8;
    private const int FirstBlockLog = 3;
    private const byte PlainNumber = (byte)SignalValueKind.Number;
    private const byte KindMask = 3;
    private const byte CutBit = 4;
    private const byte RetainedBit = 8;

    // What adding a number needs lies together.
    private HistoryEntry[][] _blocks = [];
    private HistoryMarks? _marks;
    private HistoryEntry[]? _block;
    private long _total;
    private int _blockLength;
    private int _blockUsed;
    private int _capacity;
    private int _count;
    private int _oldest;
    private bool _hasLive;

    public readonly int Count => _count;

    /// <summary>Samples since the start or the last <see cref="Clear"/>. Any thread.</summary>
    public readonly long Total => Volatile.Read(in _total);

    /// <summary>One of them did not come from a retained message. Any thread.</summary>
    public readonly bool HasLive => Volatile.Read(in _hasLive);

    /// <summary>Adds a sample; past the limit the oldest goes.</summary>
    /// <param name="text">Well-formed UTF-8, for a text; a text equal to the one before it is not stored again.</param>
    public void Append(long timeMicros, SignalValueKind kind, double number, ReadOnlySpan<byte> text, bool cut, bool retained, TextBudget budget)
    {
        _total++;
        _hasLive |= !retained;
        var flags = (byte)((byte)kind | (cut ? CutBit : 0) | (retained ? RetainedBit : 0));
        if (flags != PlainNumber)
            _marks ??= NewMarks();

        var stored = kind == SignalValueKind.Text ? StoreText(_marks!, text, budget) : null;
        if (_count == _capacity)
            MakeRoom(budget);
        if (_marks is { } marks)
            Mark(marks, Position(_count), flags, stored);

        if (_blockUsed == _blockLength)
            EnterBlock();
        if (_block is { } block)
            PlaceIn(block) = new HistoryEntry(timeMicros, number);
        _blockUsed++;
        _count++;
    }

    /// <summary>Begins to load what <see cref="Append"/> uses of this structure.</summary>
    public void PrefetchItself()
    {
        CacheLine.Prefetch(ref _marks);
        CacheLine.Prefetch(ref _hasLive);
    }

    /// <summary>Begins to load the place where the next sample goes.</summary>
    public readonly void PrefetchPlace()
    {
        if (_block is { } block)
            CacheLine.Prefetch(ref PlaceIn(block));
    }

    /// <summary>The sample at <paramref name="index"/>, from 0 for the oldest.</summary>
    public readonly HistorySample this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            var at = Position(index);
            var flags = _marks?.Flags[at] ?? PlainNumber;
            ref readonly var entry = ref EntryAt(at);
            return new HistorySample(
                entry.TimeMicros, (SignalValueKind)(flags & KindMask), entry.Number, _marks?.Texts?[at], (flags & CutBit) != 0, (flags & RetainedBit) != 0);
        }
    }

    public void Clear(TextBudget budget)
    {
        budget.Used -= _marks?.TextBytes ?? 0;
        this = new SignalHistory(limit);
    }

    // Unchecked, since the block's own length is in memory that nothing else needs; see EnterBlock. Behind a full block lies another object: not written, only loaded ahead.
    private readonly ref HistoryEntry PlaceIn(HistoryEntry[] block) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(block), _blockUsed);

    private readonly int Position(int index)
    {
        var at = _oldest + index;
        return at < _capacity ? at : at - _capacity;
    }

    private void MakeRoom(TextBudget budget)
    {
        if (_count < limit)
            Grow();
        else
            RemoveOldest(budget);
    }

    private static void Mark(HistoryMarks marks, int position, byte flags, byte[]? text)
    {
        marks.Flags[position] = flags;
        if (marks.Texts is { } texts)
            texts[position] = text;
    }

    /// <summary>Goes to the block of the next sample, which is there, at the sample's place in it.</summary>
    private void EnterBlock()
    {
        var position = Position(_count);
        var block = BlockOf(position);
        _block = _blocks[block];
        _blockLength = _block.Length;
        _blockUsed = position - StartOf(block);
    }

    private void RemoveOldest(TextBudget budget)
    {
        if (_marks is { Texts: { } texts } marks && texts[_oldest] is { } text)
        {
            // The same array may serve several samples in a row; only the last of them gives its bytes back.
            if (_count == 1 || texts[Position(1)] != text)
            {
                marks.TextBytes -= text.Length;
                budget.Used -= text.Length;
            }

            texts[_oldest] = null;
        }

        _oldest = Position(1);
        _count--;
    }

    private byte[] StoreText(HistoryMarks marks, ReadOnlySpan<byte> text, TextBudget budget)
    {
        var texts = marks.Texts ??= new byte[_capacity][];
        if (_count > 0 && limit > 1 && texts[Position(_count - 1)] is { } previous && text.SequenceEqual(previous))
            return previous;

        var stored = SampleJson.ToWellFormed(text);
        marks.TextBytes += stored.Length;
        budget.Used += stored.Length;
        while (_count > 0 && (marks.TextBytes > budget.PerSignal || (budget.IsExceeded && marks.TextBytes > stored.Length)))
        {
            RemoveOldest(budget);
            budget.SamplesDropped++;
        }

        return stored;
    }

    private readonly HistoryMarks NewMarks()
    {
        var flags = new byte[_capacity];
        Array.Fill(flags, PlainNumber);
        return new HistoryMarks { Flags = flags };
    }

    /// <summary>Block 0 holds the first eight positions, block n the next 8 * 2^(n-1).</summary>
    private readonly ref HistoryEntry EntryAt(int position)
    {
        var block = BlockOf(position);
        return ref _blocks[block][position - StartOf(block)];
    }

    private static int StartOf(int block) => block == 0 ? 0 : FirstBlock << (block - 1);

    private static int BlockOf(int position) => position < FirstBlock ? 0 : BitOperations.Log2((uint)position) - FirstBlockLog + 1;

    private void Grow()
    {
        if (_oldest != 0)
            Straighten();

        var capacity = Math.Min(Math.Max(FirstBlock, _capacity * 2), limit);
        if (_blocks.Length == 0)
            _blocks = new HistoryEntry[BlockOf(limit - 1) + 1][];
        _blocks[BlockOf(_capacity)] = new HistoryEntry[capacity - _capacity];
        if (_marks is { } marks)
        {
            marks.Flags = Resized(marks.Flags, capacity);
            if (marks.Texts is { } texts)
                marks.Texts = Resized(texts, capacity);
        }

        _capacity = capacity;
        _blockUsed = _blockLength;
    }

    /// <summary>Puts the oldest sample first. Only texts, which can push out samples before the ring is full, ever make this necessary.</summary>
    private void Straighten()
    {
        var entries = new HistoryEntry[_count];
        for (var i = 0; i < _count; i++)
            entries[i] = EntryAt(Position(i));
        for (var i = 0; i < _count; i++)
            EntryAt(i) = entries[i];

        if (_marks is { } marks)
        {
            Rotate(marks.Flags);
            if (marks.Texts is { } texts)
                Rotate(texts);
        }

        _oldest = 0;
    }

    private readonly void Rotate<T>(T[] ring)
    {
        var head = ring.AsSpan(0, _oldest).ToArray();
        ring.AsSpan(_oldest).CopyTo(ring);
        head.CopyTo(ring.AsSpan(ring.Length - head.Length));
    }

    private static T[] Resized<T>(T[] array, int length)
    {
        Array.Resize(ref array, length);
        return array;
    }
}
