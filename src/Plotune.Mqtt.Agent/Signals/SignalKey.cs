using System.Text;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>How a key is made of a topic and a path. The mapping loses information, so it is never reversed: the catalog remembers who got which key.</summary>
internal static class SignalKey
{
    /// <summary>Topic, then the elements of the path, joined by <c>_</c>; every character outside letters, digits and <c>_ - .</c> becomes <c>_</c>.</summary>
    /// <param name="path">JSON Pointer (RFC 6901); empty for the topic's own value.</param>
    public static string Of(string topic, string path)
    {
        var key = new StringBuilder(topic.Length + path.Length);
        AppendSanitised(key, topic);
        // A pointer's slashes become the underscores between its elements; within an element "~1" is a slash and "~0" a tilde.
        AppendSanitised(key, path.Contains('~', StringComparison.Ordinal) ? Unescape(path) : path);
        return key.ToString();
    }

    /// <summary>The key a name typed by a person would have.</summary>
    public static string Of(string name) => Of(name, "");

    private static string Unescape(string pointer) => pointer.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static void AppendSanitised(StringBuilder key, string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '_' or '-' or '.')
                key.Append(rune);
            else
                key.Append('_');
        }
    }
}
