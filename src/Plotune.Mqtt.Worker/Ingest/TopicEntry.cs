using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>A topic that has been met, and what decodes its payloads.</summary>
internal sealed class TopicEntry(byte[] utf8Name, string name, IPayloadDecoder decoder)
{
    public byte[] Utf8Name => utf8Name;

    public string Name => name;

    public IPayloadDecoder Decoder => decoder;

    /// <summary>The topic that came after it the last time. Its table's alone.</summary>
    public TopicEntry? Next { get; set; }
}
