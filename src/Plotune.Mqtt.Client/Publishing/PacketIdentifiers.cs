using System.Numerics;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Packet identifiers of what we send, PUBLISH, SUBSCRIBE and UNSUBSCRIBE alike: none is given out while it is in use [MQTT-2.2.1-3], and one that came back
/// is given out again only after all others, so that a late acknowledgement does not hit a new exchange. Any thread.
/// </summary>
internal sealed class PacketIdentifiers
{
    private const int Words = (ushort.MaxValue + 1) / 64;

    private readonly Lock _lock = new();
    private readonly ulong[] _taken = new ulong[Words];
    private readonly ulong[] _unclean = new ulong[Words];
    private int _last;

    public PacketIdentifiers() => Reset();

    /// <summary>The broker has no session: no identifier is in use.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Array.Clear(_taken);
            Array.Clear(_unclean);
            _taken[0] = 1; // Zero is none [MQTT-2.2.1-4].
        }
    }

    /// <summary>The broker may hold a QoS 2 message of an earlier process under any of them, and would take a new one for its repetition.</summary>
    public void DoubtAll()
    {
        lock (_lock)
            Array.Fill(_unclean, ulong.MaxValue);
    }

    /// <summary>Takes one for anything but a QoS 2 message.</summary>
    /// <returns>Zero if none is free.</returns>
    public ushort Take()
    {
        lock (_lock)
            return Take(static (taken, _) => ~taken);
    }

    /// <summary>Takes one under which the broker holds nothing.</summary>
    /// <returns>Zero if there is none: see <see cref="TakeUnclean"/>.</returns>
    public ushort TakeClean()
    {
        lock (_lock)
            return Take(static (taken, unclean) => ~(taken | unclean));
    }

    /// <summary>Takes one to release whatever the broker holds under it.</summary>
    /// <returns>Zero if there is none.</returns>
    public ushort TakeUnclean()
    {
        lock (_lock)
            return Take(static (taken, unclean) => ~taken & unclean);
    }

    /// <param name="isClean">False if the broker may hold something under it; true if it certainly does not. Null leaves it as it was.</param>
    public void Return(ushort identifier, bool? isClean = null)
    {
        lock (_lock)
        {
            var bit = 1ul << (identifier & 63);
            _taken[identifier >> 6] &= ~bit;
            if (isClean == false)
                _unclean[identifier >> 6] |= bit;
            else if (isClean == true)
                _unclean[identifier >> 6] &= ~bit;
        }
    }

    private ushort Take(Func<ulong, ulong, ulong> free)
    {
        var from = (_last + 1) & ushort.MaxValue;
        var mask = ulong.MaxValue << (from & 63);
        // One word more than there are, for the part of the first that lies before the start.
        for (int i = 0, word = from >> 6; i <= Words; i++, word = (word + 1) % Words, mask = ulong.MaxValue)
        {
            var candidates = free(_taken[word], _unclean[word]) & mask;
            if (candidates == 0)
                continue;
            _last = (word << 6) + BitOperations.TrailingZeroCount(candidates);
            _taken[word] |= 1ul << (_last & 63);
            return (ushort)_last;
        }

        return 0;
    }
}
