using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads;

/// <summary>What the decoders of one connection share; they run on one thread.</summary>
internal sealed class DecoderContext
{
    private byte[] _scratch = new byte[256];

    public DecoderContext(ISignalRegistry registry, PayloadOptions options)
    {
        Registry = registry;
        Options = options;
        TimestampToleranceMicros = options.TimestampTolerance.Ticks / TimeSpan.TicksPerMicrosecond;
        Draft = new TemplateDraft(options);
        Templates = new TemplatePool(this);
    }

    public ISignalRegistry Registry { get; }

    public PayloadOptions Options { get; }

    public long TimestampToleranceMicros { get; }

    /// <summary>The registry has refused a signal.</summary>
    public bool SignalsAreExhausted { get; set; }

    public JsonTape Tape { get; } = new();

    public TemplateDraft Draft { get; }

    public TemplatePool Templates { get; }

    /// <summary>Tells payloads apart, over all topics.</summary>
    public ulong PayloadNumber { get; set; }

    /// <summary>Room for one unescaped text, valid until the next call.</summary>
    public Span<byte> Scratch(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }

        return _scratch.AsSpan(0, length);
    }
}
