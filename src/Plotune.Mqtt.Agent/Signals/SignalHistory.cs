using System.Numerics;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The newest samples of one signal: a ring that grows as it fills, by blocks as large as all before them, so that growing copies nothing and leaves no garbage. Times and numbers are
/// all it takes for numbers; a byte per sample is added once another kind or a retained sample comes, and references to texts once a text comes. Guarded by the lock of the signal's connection.
/// </summary>
internal sealed class SignalHistory(int limit)
{
    private const int FirstBlock = 8;
    private const int FirstBlockLog = 3;
    private const byte PlainNumber = (byte)SignalValueKind.Number;
    private const byte KindMask = 3;
    private const byte CutBit = 4;
    private const byte RetainedBit = 8;

    private HistoryEntry[][] _blocks = [];
    private int _capacity;
    private byte[]? _flags;
    private byte[]?[]? _texts;
    private int _oldest;
    private int _count;
    private int _textBytes;

    public int Count => _count;

    /// <summary>Adds a sample; past the limit the oldest goes.</summary>
    /// <param name="text">Well-formed UTF-8, for a text; a text equal to the one before it is not stored again.</param>
    public void Append(long timeMicros, SignalValueKind kind, double number, ReadOnlySpan<byte> text, bool cut, bool retained, TextBudget budget)
    {
        var flags = (byte)((byte)kind | (cut ? CutBit : 0) | (retained ? RetainedBit : 0));
        if (flags != PlainNumber && _flags is null)
            AddFlags();

        var stored = kind == SignalValueKind.Text ? StoreText(text, budget) : null;
        var at = NextSlot(budget);
        EntryAt(at) = new HistoryEntry(timeMicros, number);
        if (_flags is null)
            return;

        _flags[at] = flags;
        if (_texts is not null)
            _texts[at] = stored;
    }

    /// <summary>The sample at <paramref name="index"/>, from 0 for the oldest.</summary>
    public HistorySample this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            var at = Position(index);
            var flags = _flags is null ? PlainNumber : _flags[at];
            ref readonly var entry = ref EntryAt(at);
            return new HistorySample(
                entry.TimeMicros, (SignalValueKind)(flags & KindMask), entry.Number, _texts?[at], (flags & CutBit) != 0, (flags & RetainedBit) != 0);
        }
    }

    public void Clear(TextBudget budget)
    {
        budget.Used -= _textBytes;
        _blocks = [];
        _flags = null;
        _texts = null;
        _capacity = _oldest = _count = _textBytes = 0;
    }

    private int Position(int index)
    {
        var at = _oldest + index;
        return at < _capacity ? at : at - _capacity;
    }

    private int NextSlot(TextBudget budget)
    {
        if (_count == _capacity)
        {
            if (_count < limit)
                Grow();
            else
                RemoveOldest(budget);
        }

        return Position(_count++);
    }

    private void RemoveOldest(TextBudget budget)
    {
        if (_texts?[_oldest] is { } text)
        {
            // The same array may serve several samples in a row; only the last of them gives its bytes back.
            if (_count == 1 || _texts[Position(1)] != text)
            {
                _textBytes -= text.Length;
                budget.Used -= text.Length;
            }

            _texts[_oldest] = null;
        }

        _oldest = Position(1);
        _count--;
    }

    private byte[] StoreText(ReadOnlySpan<byte> text, TextBudget budget)
    {
        _texts ??= new byte[_capacity][];
        if (_count > 0 && limit > 1 && _texts[Position(_count - 1)] is { } previous && text.SequenceEqual(previous))
            return previous;

        var stored = SampleJson.ToWellFormed(text);
        _textBytes += stored.Length;
        budget.Used += stored.Length;
        while (_count > 0 && (_textBytes > budget.PerSignal || (budget.IsExceeded && _textBytes > stored.Length)))
        {
            RemoveOldest(budget);
            budget.SamplesDropped++;
        }

        return stored;
    }

    private void AddFlags()
    {
        _flags = new byte[_capacity];
        Array.Fill(_flags, PlainNumber);
    }

    /// <summary>Block 0 holds the first eight positions, block n the next 8 * 2^(n-1).</summary>
    private ref HistoryEntry EntryAt(int position)
    {
        var block = BlockOf(position);
        return ref _blocks[block][block == 0 ? position : position - (FirstBlock << (block - 1))];
    }

    private static int BlockOf(int position) => position < FirstBlock ? 0 : BitOperations.Log2((uint)position) - FirstBlockLog + 1;

    private void Grow()
    {
        if (_oldest != 0)
            Straighten();

        var capacity = Math.Min(Math.Max(FirstBlock, _capacity * 2), limit);
        if (_blocks.Length == 0)
            _blocks = new HistoryEntry[BlockOf(limit - 1) + 1][];
        _blocks[BlockOf(_capacity)] = new HistoryEntry[capacity - _capacity];
        if (_flags is not null)
            Array.Resize(ref _flags, capacity);
        if (_texts is not null)
            Array.Resize(ref _texts, capacity);
        _capacity = capacity;
    }

    /// <summary>Puts the oldest sample first. Only texts, which can push out samples before the ring is full, ever make this necessary.</summary>
    private void Straighten()
    {
        var entries = new HistoryEntry[_count];
        for (var i = 0; i < _count; i++)
            entries[i] = EntryAt(Position(i));
        for (var i = 0; i < _count; i++)
            EntryAt(i) = entries[i];

        if (_flags is not null)
            Rotate(_flags);
        if (_texts is not null)
            Rotate(_texts);
        _oldest = 0;
    }

    private void Rotate<T>(T[] ring)
    {
        var head = ring.AsSpan(0, _oldest).ToArray();
        ring.AsSpan(_oldest).CopyTo(ring);
        head.CopyTo(ring.AsSpan(ring.Length - head.Length));
    }
}
