using System.Text;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// Topics by their UTF-8 bytes: open addressing, linear probing, at most half full. Holds a bounded number of topics whose names have a bounded
/// length in total; a topic is never forgotten. Not thread-safe.
/// </summary>
internal sealed class TopicTable(PayloadDecoders decoders, int maximumTopics)
{
    /// <summary>Most bytes all names may have together: 32 MiB, which is 100,000 names of 335 bytes.</summary>
    public const int MaximumNameBytes = 32 << 20;

    private readonly TopicHash _hash = new();
    private Slot[] _slots = new Slot[64];
    private long _nameBytes;

    public int Count { get; private set; }

    /// <summary>The topic's entry, made at first sight; null if there is no room for another topic.</summary>
    public TopicEntry? Get(ReadOnlySpan<byte> name)
    {
        uint hash = _hash.Compute(name);
        Slot[] slots = _slots;
        int mask = slots.Length - 1;
        for (int index = (int)hash & mask; ; index = (index + 1) & mask)
        {
            ref readonly Slot slot = ref slots[index];
            if (slot.Entry is null)
                return Add(hash, name);

            if (slot.Hash == hash && name.SequenceEqual(slot.Entry.Utf8Name))
                return slot.Entry;
        }
    }

    private TopicEntry? Add(uint hash, ReadOnlySpan<byte> utf8Name)
    {
        if (Count >= maximumTopics || _nameBytes + utf8Name.Length > MaximumNameBytes)
            return null;

        if ((Count + 1) * 2 > _slots.Length)
            Grow();

        string name = Encoding.UTF8.GetString(utf8Name);
        var entry = new TopicEntry(utf8Name.ToArray(), name, decoders.Create(name));
        Insert(_slots, new Slot(hash, entry));
        Count++;
        _nameBytes += utf8Name.Length;
        return entry;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        foreach (Slot slot in _slots)
        {
            if (slot.Entry is not null)
                Insert(larger, slot);
        }

        _slots = larger;
    }

    private static void Insert(Slot[] slots, Slot slot)
    {
        int mask = slots.Length - 1;
        int index = (int)slot.Hash & mask;
        while (slots[index].Entry is not null)
            index = (index + 1) & mask;

        slots[index] = slot;
    }

    private readonly record struct Slot(uint Hash, TopicEntry? Entry);
}
