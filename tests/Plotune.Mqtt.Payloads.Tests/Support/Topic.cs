using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.Payloads.Tests.Support;

/// <summary>One topic with its decoder; what it decodes is written as <c>/path=value</c>, in order.</summary>
internal sealed class Topic
{
    /// <summary>2026-01-02T03:04:05Z</summary>
    public const long Arrival = 1_767_323_045_000_000;

    private readonly IPayloadDecoder _decoder;

    public Topic(PayloadOptions? options = null, RecordingRegistry? registry = null)
    {
        Registry = registry ?? new RecordingRegistry();
        _decoder = new PayloadDecoders(Registry, options ?? new PayloadOptions()).Create("a/topic");
    }

    public RecordingRegistry Registry { get; }

    public DecodedMessage Message { get; } = new();

    public IEnumerable<string> Paths => Registry.Signals.Select(signal => signal.Path);

    public DecodeResult Result(ReadOnlySpan<byte> payload) => _decoder.Decode(payload, Arrival, Message);

    public DecodeResult Result(string payload) => Result(Encoding.UTF8.GetBytes(payload));

    public string Decode(string payload) => Decode(Encoding.UTF8.GetBytes(payload));

    public string Decode(ReadOnlySpan<byte> payload)
    {
        var result = Result(payload);
        return result == DecodeResult.Decoded ? string.Join(' ', Samples(Message)) : result.ToString();
    }

    /// <summary>The time of the samples, from the time of arrival.</summary>
    public long? TimeOf(string payload)
    {
        Assert.Equal(DecodeResult.Decoded, Result(payload));
        return Message.TimeMicros;
    }

    public List<string> Samples(DecodedMessage message)
    {
        var samples = new List<string>();
        foreach (var sample in message.Samples)
        {
            samples.Add($"{Registry.Signals[sample.SignalId].Path}={Value(sample, message)}");
        }

        return samples;
    }

    private static string Value(in SignalSample sample, DecodedMessage message) => sample.Kind switch
    {
        SignalValueKind.Gap => "gap",
        SignalValueKind.Number => sample.Number.ToString("R", CultureInfo.InvariantCulture),
        SignalValueKind.Boolean => sample.Number == 1 ? "true" : "false",
        _ => $"'{Encoding.UTF8.GetString(message.Text.Slice(sample.TextOffset, sample.TextLength))}'{(sample.TextCut ? "..." : string.Empty)}",
    };
}
