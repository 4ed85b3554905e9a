using System.Buffers.Binary;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>
/// Remembers the newest samples taken from a source, each by a mark. A source sends its history whenever it is connected to; what was taken before is a repeat then, and
/// that alone: equal samples are counted, and a clock that was set back, or never moves, makes none. Thread-safe; one thread asks and adds.
/// </summary>
internal sealed class TakenSamples(TimeProvider timeProvider, TimeSpan window)
{
    /// <summary>Samples remembered. A source's history is 240 samples.</summary>
    public const int Capacity = 1024;

    /// <summary>Samples stored for the next run of the agent.</summary>
    private const int StoredSamples = 240;

    private readonly Lock _lock = new();
    private readonly long[] _marks = new long[Capacity];
    private readonly Dictionary<long, int> _repeats = [];
    private long _count;
    private long _passed;
    private long _connected;
    private bool _repeated;

    /// <summary>The samples up to this position are stored: they are in the outbound queue, or were held back.</summary>
    public void Pass(long position)
    {
        lock (_lock)
            _passed = Math.Max(_passed, position);
    }

    /// <summary>The source was connected to: from now on, for a while, it may repeat itself.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            _connected = timeProvider.GetTimestamp();
            _repeated = false;
            _repeats.Clear();
            for (var position = Math.Max(0, _count - Capacity); position < _count; position++)
                _repeats[_marks[position % Capacity]] = _repeats.GetValueOrDefault(_marks[position % Capacity]) + 1;
        }
    }

    /// <summary>What a sample is remembered by: 64 bits of its time and value (FNV-1a), the same in every run.</summary>
    public static long MarkOf(ReadOnlySpan<byte> payload)
    {
        var hash = 14_695_981_039_346_656_037;
        foreach (var value in payload) hash = unchecked((hash ^ value) * 1_099_511_628_211);
        return unchecked((long)hash);
    }

    /// <summary>Takes a sample.</summary>
    /// <returns>Its position, from 1; null if it is a repeat.</returns>
    public long? Take(long mark)
    {
        lock (_lock)
        {
            if (_repeats.Count > 0 && IsRepeat(mark))
                return null;

            _marks[_count % Capacity] = mark;
            return ++_count;
        }
    }

    /// <summary>What is to be stored: the newest marks up to <see cref="Pass"/>, 8 bytes each.</summary>
    /// <param name="position">Up to where; the same again means that there is nothing new.</param>
    public byte[] ToStored(out long position)
    {
        lock (_lock)
        {
            position = _passed;
            var first = Math.Max(Math.Max(0, _passed - StoredSamples), _count - Capacity);
            var stored = new byte[Math.Max(0, _passed - first) * sizeof(long)];
            for (var index = 0; index < stored.Length / sizeof(long); index++)
                BinaryPrimitives.WriteInt64LittleEndian(stored.AsSpan(index * sizeof(long)), _marks[(first + index) % Capacity]);
            return stored;
        }
    }

    /// <summary>Takes in what was stored, before anything else.</summary>
    public void Load(ReadOnlySpan<byte> stored)
    {
        lock (_lock)
        {
            for (; stored.Length >= sizeof(long) && _count < Capacity; stored = stored[sizeof(long)..])
                _marks[_count++] = BinaryPrimitives.ReadInt64LittleEndian(stored);
            _passed = _count;
        }
    }

    private bool IsRepeat(long mark)
    {
        var isRepeat = timeProvider.GetElapsedTime(_connected) <= window && _repeats.TryGetValue(mark, out var left) && left > 0;
        if (isRepeat)
        {
            _repeats[mark]--;
            _repeated = true;
        }
        else if (_repeated || timeProvider.GetElapsedTime(_connected) > window)
        {
            // History comes first and in order: after its first new sample all are new.
            _repeats.Clear();
        }

        return isRepeat;
    }
}
