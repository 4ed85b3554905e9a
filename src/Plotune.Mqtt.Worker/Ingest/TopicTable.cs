using System.Text;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// Topics by their UTF-8 bytes: open addressing, linear probing, at most half full. Holds a bounded number of topics whose names have a bounded
/// length in total; a topic is never forgotten. Not thread-safe.
/// </summary>
/// <remarks>
/// Devices publish their topics in the same order again and again. So a topic is first looked for where it came the last time, behind the one before it: among many topics a look
/// into the table is a look into memory that no cache holds. Where guesses fail, none is made until they would have been right again. Many topics in no order are best looked up several
/// at a time: see <see cref="HeldMessages"/>.
/// </remarks>
internal sealed class TopicTable(PayloadDecoders decoders, int maximumTopics)
{
    /// <summary>Most bytes all names may have together: 32 MiB, which is 100,000 names of 335 bytes.</summary>
    public const int MaximumNameBytes = 32 << 20;

    private const int MostTrust = 8;

    /// <summary>So many topics stay in the processor's caches by themselves.</summary>
    private const int FewTopics = 2048;

    private readonly TopicHash _hash = new();
    private TopicEntry? _last;
    private int _trust;
    private Slot[] _slots = new Slot[64];
    private long _nameBytes;

    public int Count { get; private set; }

    /// <summary>Topics are many and come in no order, so that it pays to look up several together: see <see cref="HeldMessages"/>.</summary>
    public bool IsScattered => _trust == 0 && Count > FewTopics;

    /// <summary>The hash of a name, of which the place in the table begins to be loaded.</summary>
    public uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = _hash.Compute(name);
        CacheLine.Prefetch(ref _slots[(int)hash & (_slots.Length - 1)]);
        return hash;
    }

    /// <summary>The first topic with that hash, which begins to be loaded; null if there is none.</summary>
    public TopicEntry? Find(uint hash)
    {
        Slot[] slots = _slots;
        int mask = slots.Length - 1;
        int index = (int)hash & mask;
        while (slots[index].Entry is not null && slots[index].Hash != hash)
            index = (index + 1) & mask;

        TopicEntry? entry = slots[index].Entry;
        if (entry is not null)
            CacheLine.PrefetchObject(entry, TopicEntry.Bytes);
        return entry;
    }

    /// <summary>As <see cref="Get(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="likely">What <see cref="Find(uint)"/> found.</param>
    public TopicEntry? Get(ReadOnlySpan<byte> name, uint hash, TopicEntry? likely)
    {
        TopicEntry? entry = likely is not null && name.SequenceEqual(likely.Utf8Name) ? likely : Find(name, hash);
        if (entry is not null)
            Follow(entry);
        return entry;
    }

    /// <summary>The topic's entry, made at first sight; null if there is no room for another topic.</summary>
    public TopicEntry? Get(ReadOnlySpan<byte> name)
    {
        if (_trust > 0 && _last?.Next is { } guess && name.SequenceEqual(guess.Utf8Name))
        {
            _trust = Math.Min(_trust + 1, MostTrust);
            _last = guess;
            if (Count > FewTopics)
                LoadAfter(guess);
            return guess;
        }

        return Get(name, _hash.Compute(name), null);
    }

    /// <summary>Begins to load what will be guessed: two topics ahead the topic, one ahead what it leads to.</summary>
    private static void LoadAfter(TopicEntry entry)
    {
        if (entry.Next is not { } next)
            return;

        next.PrefetchParts();
        if (next.Next is { } afterNext)
            CacheLine.PrefetchObject(afterNext, TopicEntry.Bytes);
    }

    private void Follow(TopicEntry entry)
    {
        if (_last is { } last)
        {
            _trust = last.Next == entry ? Math.Min(_trust + 1, MostTrust) : Math.Max(_trust - 1, 0);
            last.Next = entry;
        }

        _last = entry;
    }

    private TopicEntry? Find(ReadOnlySpan<byte> name, uint hash)
    {
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
