using System.Text;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// The topics that the connection itself publishes to, by their UTF-8 bytes, so that what comes back through its own subscriptions is not taken for a signal. Adding is for
/// any thread; asking is for one, without a lock: open addressing, linear probing, at most half full, and nothing is ever removed.
/// </summary>
internal sealed class OwnTopics
{
    /// <summary>Topics held, and bytes of their names; messages on further ones are taken as anybody's.</summary>
    internal const int MaximumTopics = 65_536;

    private const int MaximumNameBytes = 8 << 20;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly TopicHash _hash = new();
    private readonly Action _full;
    private Entry?[] _slots = [];
    private long _nameBytes;
    private bool _hasTold;

    /// <param name="full">Called once, when a topic finds no room; must not block.</param>
    public OwnTopics(IEnumerable<string> topics, Action full)
    {
        _full = full;
        foreach (string topic in topics)
            Add(topic);
    }

    /// <summary>False until the first topic: nothing need be asked then.</summary>
    public bool HasAny => Volatile.Read(ref _slots).Length > 0;

    /// <summary>Adds a topic, unless it is there. To be called before anything is published to it.</summary>
    public void Add(string topic)
    {
        lock (_lock)
        {
            if (_names.Contains(topic))
                return;

            byte[] name = Encoding.UTF8.GetBytes(topic);
            if (_names.Count < MaximumTopics && _nameBytes + name.Length <= MaximumNameBytes)
            {
                _names.Add(topic);
                _nameBytes += name.Length;
                Insert(new Entry(_hash.Compute(name), name));
                return;
            }

            if (_hasTold)
                return;

            _hasTold = true;
        }

        _full();
    }

    public bool Contains(ReadOnlySpan<byte> topic)
    {
        Entry?[] slots = Volatile.Read(ref _slots);
        if (slots.Length == 0)
            return false;

        uint hash = _hash.Compute(topic);
        int mask = slots.Length - 1;
        for (int index = (int)hash & mask; Volatile.Read(ref slots[index]) is { } entry; index = (index + 1) & mask)
        {
            if (entry.Hash == hash && topic.SequenceEqual(entry.Name))
                return true;
        }

        return false;
    }

    private void Insert(Entry entry)
    {
        if (_names.Count * 2 <= _slots.Length)
        {
            Insert(_slots, entry);
            return;
        }

        var larger = new Entry?[Math.Max(64, _slots.Length * 2)];
        foreach (Entry? known in _slots)
        {
            if (known is not null)
                Insert(larger, known);
        }

        Insert(larger, entry);
        Volatile.Write(ref _slots, larger);
    }

    private static void Insert(Entry?[] slots, Entry entry)
    {
        int mask = slots.Length - 1;
        int index = (int)entry.Hash & mask;
        while (slots[index] is not null)
            index = (index + 1) & mask;

        Volatile.Write(ref slots[index], entry);
    }

    private sealed record Entry(uint Hash, byte[] Name);
}
