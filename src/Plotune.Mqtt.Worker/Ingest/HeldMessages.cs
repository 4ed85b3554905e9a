using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// The messages that came last and wait for the memory of their topics, where topics are many and come in no order: a message's place in the table is loaded when it comes, its topic some messages
/// later, the topic's name and decoder again some later, and then it is taken. The loads go on while other messages are decoded; waited for one by one they would cost several times what a message costs.
/// </summary>
/// <remarks>
/// Topics are loaded in short loops over a group. A processor lets a hint wait until it knows the page it is for, which it looks up in memory, too; only hints close to each other wait together.
/// </remarks>
internal sealed class HeldMessages(TopicTable topics)
{
    /// <summary>The most that wait.</summary>
    public const int Capacity = 3 * Group;

    private const int Group = 16;
    private const int Places = 64;

    private readonly InboundPublish[] _messages = new InboundPublish[Places];
    private readonly uint[] _hashes = new uint[Places];
    private readonly TopicEntry?[] _likely = new TopicEntry?[Places];

    // Counted over all messages; a message has the place of its number.
    private uint _added;
    private uint _found;
    private uint _loaded;
    private uint _taken;

    public int Count => (int)(_added - _taken);

    /// <summary>Adds a message; there is room for <see cref="Capacity"/>.</summary>
    public void Add(in InboundPublish publish)
    {
        uint place = _added % Places;
        _messages[place] = publish;
        _hashes[place] = topics.Hash(publish.Topic);
        _added++;
    }

    /// <summary>Takes the oldest message; there must be one.</summary>
    /// <param name="topic">Its topic, as from <see cref="TopicTable.Get(ReadOnlySpan{byte})"/>.</param>
    /// <returns>Valid until the next message is added.</returns>
    public ref readonly InboundPublish Take(out TopicEntry? topic)
    {
        if (_loaded == _taken)
            Load();

        uint place = _taken++ % Places;
        ref readonly InboundPublish publish = ref _messages[place];
        topic = topics.Get(publish.Topic, _hashes[place], _likely[place]);
        return ref publish;
    }

    private void Load()
    {
        uint left = _added - _taken;
        for (uint end = _taken + Math.Min(2 * Group, left); _found != end; _found++)
            _likely[_found % Places] = topics.Find(_hashes[_found % Places]);
        for (uint end = _taken + Math.Min(Group, left); _loaded != end; _loaded++)
            _likely[_loaded % Places]?.PrefetchParts();
    }

    /// <summary>Forgets the messages taken, so that the receive buffer does not live on because of them.</summary>
    public void Clear() => Array.Clear(_messages);
}
