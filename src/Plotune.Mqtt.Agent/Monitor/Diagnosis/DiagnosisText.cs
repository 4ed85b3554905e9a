using System.Globalization;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>Words that several steps use.</summary>
internal static class DiagnosisText
{
    private const int MaximumListed = 3;

    /// <summary>Reasons for which payloads cannot be decoded: what they are, and what to do.</summary>
    private static readonly Dictionary<string, (string What, string Advice)> DecodeFailures = new(StringComparer.Ordinal)
    {
        [WorkerDecodeFailures.NotText] = ("neither JSON nor UTF-8 text", "Have them published as JSON or text: binary payloads are not decoded."),
        [WorkerDecodeFailures.TooDeep] = ("nested too deeply", "Raise json_depth in plugin.json, or publish flatter JSON."),
        [WorkerDecodeFailures.TooManyLeaves] = ("with too many values", "Raise json_leaves in plugin.json, or publish fewer values in a message."),
        [WorkerDecodeFailures.TooLarge] = ("larger than allowed", "Raise packet_bytes in plugin.json, or publish smaller messages."),
        [WorkerDecodeFailures.NotSigned] = ("not signed", "Have them signed, or remove the verify secret."),
        [WorkerDecodeFailures.UnknownAlgorithm] = ("signed by an unknown algorithm", "Have them signed by sha256."),
        [WorkerDecodeFailures.BadSignature] = ("signed with another secret, or changed on the way", "Enter the secret that they are signed with."),
    };

    public static bool KnowsDecodeFailure(string reason) => DecodeFailures.ContainsKey(reason);

    /// <summary>A number with its noun, which takes an s for all but one.</summary>
    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {noun}{(number == 1 ? "" : "s")}");

    /// <summary>How long ago, in the largest unit that gives at least one.</summary>
    public static string Ago(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{Count((long)time.TotalDays, "day")} ago",
        { TotalHours: >= 1 } => $"{Count((long)time.TotalHours, "hour")} ago",
        { TotalMinutes: >= 1 } => $"{Count((long)time.TotalMinutes, "minute")} ago",
        { TotalSeconds: >= 1 } => $"{Count((long)time.TotalSeconds, "second")} ago",
        _ => "just now",
    };

    /// <summary>The first of a list of filters, and how many more there are.</summary>
    public static string Filters(IReadOnlyCollection<string> filters)
    {
        var listed = string.Join(", ", filters.Take(MaximumListed));
        return filters.Count > MaximumListed ? string.Create(CultureInfo.InvariantCulture, $"{listed} and {filters.Count - MaximumListed:N0} more") : listed;
    }

    /// <summary>Reasons with their counts, the most frequent first.</summary>
    public static string Failures(IReadOnlyDictionary<string, long> failures) =>
        string.Join(", ", Ordered(failures).Select(failure => string.Create(CultureInfo.InvariantCulture, $"{failure.Value:N0} {What(failure.Key)}")));

    /// <summary>What to do about the most frequent one.</summary>
    public static string FailureAdvice(IReadOnlyDictionary<string, long> failures) =>
        DecodeFailures.TryGetValue(Ordered(failures).First().Key, out var known) ? known.Advice : "Look at the messages: each says why it was not decoded.";

    private static string What(string reason) => DecodeFailures.TryGetValue(reason, out var known) ? known.What : reason;

    private static IEnumerable<KeyValuePair<string, long>> Ordered(IReadOnlyDictionary<string, long> failures) =>
        failures.Where(static failure => failure.Value > 0).OrderByDescending(static failure => failure.Value).ThenBy(static failure => failure.Key, StringComparer.Ordinal);
}
