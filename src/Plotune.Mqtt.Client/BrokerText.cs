using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.Client;

/// <summary>Text chosen by a broker, or by whoever answers in its place, made fit for a sentence, a log and a state: they stay one line of bounded length.</summary>
internal static class BrokerText
{
    /// <summary>The longest name, such as one in a certificate.</summary>
    public const int MaximumNameLength = 128;

    private const int MaximumLength = 256;
    private const string Cut = "...";

    /// <summary>The text with a space for every character that begins a line, is not shown, or changes how others are shown; cut if it is long.</summary>
    /// <param name="maximumLength">In characters of UTF-16, without the dots that tell of the cut.</param>
    public static string Clean(string text, int maximumLength = MaximumLength)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maximumLength)
                return clean.Append(Cut).ToString();
            clean.Append(IsVisible(rune) ? rune.ToString() : " ");
        }

        return clean.ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
