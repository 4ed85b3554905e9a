using System.Text;

namespace Plotune.Mqtt.Client;

/// <summary>The rules for topic names and topic filters (MQTT 5.0, 4.7 and 4.8.2).</summary>
public static class MqttTopic
{
    private const int MaximumLengthBytes = ushort.MaxValue;
    private const string SharedPrefix = "$share/";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What is wrong with a topic name to publish to, as a sentence; null if nothing.</summary>
    public static string? NameError(string topicName)
    {
        ArgumentNullException.ThrowIfNull(topicName);
        return topicName.AsSpan().IndexOfAny('+', '#') >= 0
            ? "A topic name must not contain the wildcards + and #." // [MQTT-3.3.2-2]
            : TextError(topicName, "topic name");
    }

    /// <summary>What is wrong with a topic filter to subscribe to, as a sentence; null if nothing.</summary>
    public static string? FilterError(string topicFilter)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        return TextError(topicFilter, "topic filter") ?? (IsShared(topicFilter) ? SharedError(topicFilter) : WildcardError(topicFilter));
    }

    /// <summary>
    /// Whether a topic filter without faults takes a topic (MQTT 5.0, 4.7). A shared subscription takes what its filter takes.
    /// </summary>
    public static bool Matches(string topicFilter, string topicName)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        ArgumentNullException.ThrowIfNull(topicName);
        var filter = topicFilter.AsSpan();
        if (IsShared(topicFilter))
            filter = filter[(SharedPrefix.Length + filter[SharedPrefix.Length..].IndexOf('/') + 1)..];

        // A wildcard at the first level takes no topic that begins with $ [MQTT-4.7.2-1].
        if (topicName.StartsWith('$') && filter is ['+' or '#', ..])
            return false;

        var levels = topicName.AsSpan().Split('/');
        var isThere = levels.MoveNext();
        foreach (var range in filter.Split('/'))
        {
            var level = filter[range];
            // It takes the level above as well (4.7.1.2).
            if (level is "#")
                return true;
            if (!isThere || (level is not "+" && !level.SequenceEqual(topicName.AsSpan(levels.Current))))
                return false;
            isThere = levels.MoveNext();
        }

        return !isThere;
    }

    /// <summary>True for <c>$share/name/filter</c>.</summary>
    internal static bool IsShared(string topicFilter) => topicFilter.StartsWith(SharedPrefix, StringComparison.Ordinal);

    /// <summary>Whether a topic filter takes more than one topic.</summary>
    public static bool HasWildcard(string topicFilter) => topicFilter.AsSpan().IndexOfAny('+', '#') >= 0;

    private static string? TextError(string text, string what)
    {
        if (text.Length == 0)
            return $"The {what} is empty."; // [MQTT-4.7.3-1]
        if (text.Contains('\0', StringComparison.Ordinal))
            return $"The {what} must not contain the character U+0000."; // [MQTT-4.7.3-2]
        try
        {
            return Utf8.GetByteCount(text) > MaximumLengthBytes ? $"The {what} is longer than 65,535 bytes." : null; // [MQTT-4.7.3-3]
        }
        catch (EncoderFallbackException)
        {
            return $"The {what} is not well-formed Unicode."; // [MQTT-1.5.4-1]
        }
    }

    private static string? SharedError(string topicFilter)
    {
        var rest = topicFilter.AsSpan(SharedPrefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1)
            return "A shared subscription is written $share/name/filter."; // [MQTT-4.8.2-1]
        return rest[..slash].IndexOfAny('+', '#') >= 0
            ? "The name of a shared subscription must not contain + and #." // [MQTT-4.8.2-2]
            : WildcardError(rest[(slash + 1)..]);
    }

    private static string? WildcardError(ReadOnlySpan<char> filter)
    {
        foreach (var range in filter.Split('/'))
        {
            var level = filter[range];
            if (level.Contains('#') && (level.Length > 1 || range.End.Value != filter.Length))
                return "The wildcard # must be the last level, and stand alone in it."; // [MQTT-4.7.1-1]
            if (level.Contains('+') && level.Length > 1)
                return "The wildcard + must stand alone in its level."; // [MQTT-4.7.1-2]
        }

        return null;
    }
}
