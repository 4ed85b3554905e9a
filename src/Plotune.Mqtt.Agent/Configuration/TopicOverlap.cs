namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Whether two topic filters can match the same topic.</summary>
internal static class TopicOverlap
{
    public static string[] LevelsOf(string filter) => filter.Split('/');

    /// <summary>Says yes too often for topics that begin with $, which a wildcard at the start does not match [MQTT-4.7.2-1]; never no where the answer is yes.</summary>
    public static bool Between(string[] first, string[] second)
    {
        for (var level = 0; ; level++)
        {
            // "a/#" matches "a" too [MQTT-4.7.1-2].
            if (IsRest(first, level) || IsRest(second, level)) return true;
            if (level == first.Length || level == second.Length) return first.Length == second.Length;
            if (first[level] != "+" && second[level] != "+" && first[level] != second[level]) return false;
        }
    }

    private static bool IsRest(string[] levels, int level) => level < levels.Length && levels[level] == "#";
}
