using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Sends what would go to a topic that <paramref name="Match"/> matches to another topic.</summary>
/// <param name="Match">A topic filter, by the rules of MQTT.</param>
/// <param name="Topic">The topic instead; each <c>+</c> in it stands for what the <c>+</c> of the same number matched, a <c>#</c> at its end for what the <c>#</c> matched.</param>
internal sealed record TopicOverride(string Match, string Topic)
{
    private const string Any = "+";
    private const string Rest = "#";

    /// <summary>What is wrong with <see cref="Topic"/>, as a sentence; null if nothing.</summary>
    public string? TopicError()
    {
        if (MqttTopic.FilterError(Topic) is { } error) return error;
        if (Count(Topic, Any) > Count(Match, Any)) return "The topic has more wildcards + than match has.";
        return Count(Topic, Rest) > Count(Match, Rest) ? "The topic has the wildcard #, but match has none." : null;
    }

    /// <summary>The topic instead; null if <paramref name="topic"/> is not matched.</summary>
    public string? Apply(string topic)
    {
        var pattern = Match.Split('/');
        var levels = topic.Split('/');
        // A wildcard at the first level does not match topics that begin with $ [MQTT-4.7.2-1].
        if (topic.StartsWith('$') && pattern[0] is Any or Rest) return null;
        var matched = new List<string>();
        for (var i = 0; i < pattern.Length; i++)
        {
            // It also matches the parent level (MQTT 5.0, 4.7.1.2).
            if (pattern[i] == Rest) return i <= levels.Length ? Fill(matched, levels[i..]) : null;
            if (i >= levels.Length) return null;
            if (pattern[i] == Any) matched.Add(levels[i]);
            else if (pattern[i] != levels[i]) return null;
        }

        return levels.Length == pattern.Length ? Fill(matched, []) : null;
    }

    private string Fill(List<string> matched, string[] rest)
    {
        var next = 0;
        var levels = new List<string>();
        foreach (var level in Topic.Split('/'))
        {
            if (level == Rest) levels.AddRange(rest);
            else levels.Add(level == Any ? matched[next++] : level);
        }

        return string.Join('/', levels);
    }

    private static int Count(string text, string wildcard) => text.Split('/').Count(level => level == wildcard);
}
