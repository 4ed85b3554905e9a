namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>The reasons in <see cref="WorkerCounters.DecodeFailures"/>.</summary>
public static class WorkerDecodeFailures
{
    public const string NotText = "not_text";
    public const string TooDeep = "too_deep";
    public const string TooManyLeaves = "too_many_leaves";

    /// <summary>The packet was over the limit; in MQTT 3.1.1 only, in 5.0 it ends the connection.</summary>
    public const string TooLarge = "too_large";

    public const string NotSigned = "not_signed";
    public const string UnknownAlgorithm = "unknown_algorithm";
    public const string BadSignature = "bad_signature";

    public static IReadOnlyList<string> All { get; } = [NotText, TooDeep, TooManyLeaves, TooLarge, NotSigned, UnknownAlgorithm, BadSignature];
}
