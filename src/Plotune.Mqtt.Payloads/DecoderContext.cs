using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads;

/// <summary>What the decoders of one connection share; they run on one thread.</summary>
internal sealed class DecoderContext(ISignalRegistry registry, PayloadOptions options)
{
    private byte[] _scratch = new byte[256];

    public ISignalRegistry Registry => registry;

    public PayloadOptions Options => options;

    public long TimestampToleranceMicros { get; } = options.TimestampTolerance.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The registry has refused a signal.</summary>
    public bool SignalsAreExhausted { get; set; }

    public JsonTape Tape { get; } = new();

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
