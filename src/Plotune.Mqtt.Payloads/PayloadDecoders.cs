using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads;

/// <summary>Chooses the decoder of a topic. One per connection; it and its decoders share working memory and belong to one thread.</summary>
public sealed class PayloadDecoders
{
    /// <summary>What a decoder needs of its own memory for a payload that looks like the one before.</summary>
    public const int BytesOfOne = 64;

    private readonly DecoderContext _context;

    public PayloadDecoders(ISignalRegistry registry, PayloadOptions options)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaximumDepth);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaximumLeaves);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaximumTextBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TimestampTolerance, TimeSpan.Zero);
        _context = new DecoderContext(registry, options);
    }

    /// <summary>A decoder for the payloads of <paramref name="topic"/>; the caller keeps one per topic.</summary>
    public IPayloadDecoder Create(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new JsonOrTextDecoder(topic, _context);
    }
}
