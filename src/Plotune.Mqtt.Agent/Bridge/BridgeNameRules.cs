using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>What a bridged variable may be called: its name becomes one level of a topic, and the end of a URL.</summary>
internal static class BridgeNameRules
{
    private const int MaximumLength = 1024;
    private const int ShownLength = 100;

    /// <summary>What is wrong with <paramref name="name"/>, as a sentence; null if nothing.</summary>
    public static string? Error(string name)
    {
        if (name.Length is 0 or > MaximumLength) return "The variable's name must have 1 to 1,024 characters, since it becomes a level of the MQTT topic.";
        if (name.Any(char.IsControl)) return "The variable's name cannot be a level of an MQTT topic: it contains control characters.";
        if (name.AsSpan().ContainsAny('/', '+', '#')) return $"'{name}' cannot be a level of an MQTT topic: it must not contain / + or #.";
        if (name is "." or "..") return $"'{name}' cannot be fetched: in a URL it stands for another place.";
        return PublishTopic.Error(name) is null ? null : "The variable's name cannot be a level of an MQTT topic: it is not well-formed Unicode, or contains Unicode non-characters.";
    }

    /// <summary>A name, refused or not, as it may go to a log and to a person.</summary>
    public static string Shown(string name) => new([.. name.Take(ShownLength).Select(c => char.IsControl(c) ? '?' : c)]);
}
