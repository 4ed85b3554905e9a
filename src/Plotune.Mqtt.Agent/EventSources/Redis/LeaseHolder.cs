using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Who works a list: the text in the lease's key, for others to read.</summary>
/// <param name="Host">Name of the computer.</param>
/// <param name="Process">Its process id there.</param>
/// <param name="Source">Name of the event source.</param>
/// <param name="Agent">Tells data folders apart; the same over restarts.</param>
/// <param name="Boot">Tells starts of the computer apart; empty where the system does not say.</param>
/// <param name="Run">Made anew for each connection to Redis, so that what an earlier one has still under way counts as another's.</param>
internal sealed record LeaseHolder(string Host, int Process, string Source, string Agent, string Boot, string Run)
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>This process, for a new connection.</summary>
    public static LeaseHolder Create(string agent, string source) =>
        new(Environment.MachineName, Environment.ProcessId, source, agent, File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : "", Guid.NewGuid().ToString("N"));

    /// <summary>The text in Redis; equal only to that of the same connection.</summary>
    public string ToText() => JsonSerializer.Serialize(this, LeaseJson.Default.LeaseHolder);

    /// <summary>
    /// Whether a lease is an earlier one of our own, which has ended: it names our data folder, whose lock we hold, on our computer since it was started.
    /// </summary>
    public bool IsHeirOf(string text) =>
        Parse(text) is { } other && Boot.Length > 0 && other.Boot == Boot && other.Host == Host && other.Agent == Agent && other.Source == Source;

    /// <summary>Words for a person, of a text that may be anybody's.</summary>
    public static string Describe(string text) => Parse(text) is { } holder
        ? RedisFailure.Quote($"process {holder.Process} on {holder.Host} (event source {holder.Source})")
        : RedisFailure.Quote(text);

    private static LeaseHolder? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LeaseJson.Default.LeaseHolder);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LeaseHolder))]
internal sealed partial class LeaseJson : JsonSerializerContext;
