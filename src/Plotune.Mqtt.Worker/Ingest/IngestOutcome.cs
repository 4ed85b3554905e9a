namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>What became of a message.</summary>
internal enum IngestOutcome : byte
{
    Decoded,
    NotText,
    TooDeep,
    TooManyLeaves,
    NotSigned,
    UnknownAlgorithm,
    BadSignature,
    TopicRefused,
}
