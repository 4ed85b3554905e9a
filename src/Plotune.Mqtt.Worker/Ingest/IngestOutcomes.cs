using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>Outcomes in words: codes for counters, sentences for people.</summary>
internal static class IngestOutcomes
{
    /// <summary>The outcomes of payloads that could not be decoded, with their codes.</summary>
    public static readonly (IngestOutcome Outcome, string Code)[] DecodeFailures =
    [
        (IngestOutcome.NotText, WorkerDecodeFailures.NotText),
        (IngestOutcome.TooDeep, WorkerDecodeFailures.TooDeep),
        (IngestOutcome.TooManyLeaves, WorkerDecodeFailures.TooManyLeaves),
        (IngestOutcome.NotSigned, WorkerDecodeFailures.NotSigned),
        (IngestOutcome.UnknownAlgorithm, WorkerDecodeFailures.UnknownAlgorithm),
        (IngestOutcome.BadSignature, WorkerDecodeFailures.BadSignature),
    ];

    public static IngestOutcome From(DecodeResult result) => result switch
    {
        DecodeResult.Decoded => IngestOutcome.Decoded,
        DecodeResult.NotText => IngestOutcome.NotText,
        DecodeResult.TooDeep => IngestOutcome.TooDeep,
        DecodeResult.TooManyLeaves => IngestOutcome.TooManyLeaves,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Unknown result."),
    };

    public static IngestOutcome From(EnvelopeResult result) => result switch
    {
        EnvelopeResult.NotSigned => IngestOutcome.NotSigned,
        EnvelopeResult.UnknownAlgorithm => IngestOutcome.UnknownAlgorithm,
        EnvelopeResult.BadSignature => IngestOutcome.BadSignature,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "No failure."),
    };

    /// <summary>Index in <see cref="DecodeFailures"/>.</summary>
    public static int IndexOf(IngestOutcome failure) => failure - IngestOutcome.NotText;

    /// <summary>Why a message made no samples; null if it could.</summary>
    public static string? Sentence(IngestOutcome outcome) => outcome switch
    {
        IngestOutcome.NotText => "The payload is neither JSON nor well-formed UTF-8 text.",
        IngestOutcome.TooDeep => "The JSON is nested deeper than the limit.",
        IngestOutcome.TooManyLeaves => "The payload has more values than the limit.",
        IngestOutcome.NotSigned => "The message is not signed, and this connection takes signed messages only.",
        IngestOutcome.UnknownAlgorithm => "The message is signed by another algorithm than sha256.",
        IngestOutcome.BadSignature => "The signature does not match: the message was changed on its way, or signed with another secret.",
        IngestOutcome.TopicRefused => "The limit of topics is reached; further ones are not decoded.",
        _ => null,
    };
}
