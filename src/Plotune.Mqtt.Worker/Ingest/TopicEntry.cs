using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>A topic that has been met, and what decodes its payloads.</summary>
internal sealed class TopicEntry(byte[] utf8Name, string name, IPayloadDecoder decoder)
{
    /// <summary>What the object takes, roughly.</summary>
    public const int Bytes = 40;

    // Of a name of usual length, with what an array begins with.
    private const int NameBytes = 48;

    public byte[] Utf8Name => utf8Name;

    public string Name => name;

    public IPayloadDecoder Decoder => decoder;

    /// <summary>The topic that came after it the last time. Its table's alone.</summary>
    public TopicEntry? Next { get; set; }

    /// <summary>Begins to load what a look at the entry leads to.</summary>
    public void PrefetchParts()
    {
        CacheLine.PrefetchObject(utf8Name, NameBytes);
        CacheLine.PrefetchObject(decoder, PayloadDecoders.BytesOfOne);
    }
}
