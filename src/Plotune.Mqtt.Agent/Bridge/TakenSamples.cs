using System.Buffers.Binary;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>
/// Remembers the times of the newest samples taken from a source. A source sends its history whenever it is connected to; what was taken before is a repeat then, and
/// that alone: samples of the same time are counted, and a clock that was set back makes none. Thread-safe; one thread asks and adds.
/// </summary>
internal sealed class TakenSamples(TimeProvider timeProvider, TimeSpan window)
{
    /// <summary>Times remembered. A source's history is 240 samples.</summary>
    public const int Capacity = 1024;

    /// <summary>Times stored for the next run of the agent.</summary>
    private const int StoredTimes = 240;

    private readonly Lock _lock = new();
    private readonly long[] _times = new long[Capacity];
    private readonly Dictionary<long, int> _repeats = [];
    private long _count;
    private long _passed;
    private long _connected;
    private bool _repeated;

    /// <summary>Of the samples up to this position the times are stored: they are in the outbound queue, or were held back.</summary>
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
                _repeats[_times[position % Capacity]] = _repeats.GetValueOrDefault(_times[position % Capacity]) + 1;
        }
    }

    /// <summary>Takes a sample.</summary>
    /// <returns>Its position, from 1; null if it is a repeat.</returns>
    public long? Take(long timeMicros)
    {
        lock (_lock)
        {
            if (_repeats.Count > 0 && IsRepeat(timeMicros))
                return null;

            _times[_count % Capacity] = timeMicros;
            return ++_count;
        }
    }

    /// <summary>What is to be stored: the newest times up to <see cref="Pass"/>, 8 bytes each.</summary>
    /// <param name="position">Up to where; the same again means that there is nothing new.</param>
    public byte[] ToStored(out long position)
    {
        lock (_lock)
        {
            position = _passed;
            var first = Math.Max(Math.Max(0, _passed - StoredTimes), _count - Capacity);
            var stored = new byte[Math.Max(0, _passed - first) * sizeof(long)];
            for (var index = 0; index < stored.Length / sizeof(long); index++)
                BinaryPrimitives.WriteInt64LittleEndian(stored.AsSpan(index * sizeof(long)), _times[(first + index) % Capacity]);
            return stored;
        }
    }

    /// <summary>Takes in what was stored, before anything else.</summary>
    public void Load(ReadOnlySpan<byte> stored)
    {
        lock (_lock)
        {
            for (; stored.Length >= sizeof(long) && _count < Capacity; stored = stored[sizeof(long)..])
                _times[_count++] = BinaryPrimitives.ReadInt64LittleEndian(stored);
            _passed = _count;
        }
    }

    private bool IsRepeat(long timeMicros)
    {
        var isRepeat = timeProvider.GetElapsedTime(_connected) <= window && _repeats.TryGetValue(timeMicros, out var left) && left > 0;
        if (isRepeat)
        {
            _repeats[timeMicros]--;
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
