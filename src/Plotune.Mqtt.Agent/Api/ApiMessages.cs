using System.Text.Json.Serialization;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Shape of every error.</summary>
internal sealed record DetailAnswer(string Detail);

/// <summary>Shape of a refused body: every fault at once.</summary>
internal sealed record FaultsAnswer(IReadOnlyList<FaultEntry> Detail);

internal sealed record FaultEntry(string Field, string Message);

internal sealed record HealthAnswer(string Status);

/// <param name="Status">success or failed.</param>
internal sealed record OutcomeAnswer(string Status, string Message)
{
    /// <summary>What the settings are warned of; left out if nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

internal sealed record FunctionsAnswer(IReadOnlyList<string> Functions);

/// <summary>A malformed message on <c>/ws</c>.</summary>
internal sealed record LiveError(string Error);
