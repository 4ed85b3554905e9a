namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>Takes a reason apart: first what is so, then what to do about it.</summary>
internal static class ReasonText
{
    /// <summary>Where the words of a broker begin, which say what is so as well.</summary>
    private const string BrokersWords = " The broker says: ";

    /// <returns>The advice is empty if the reason gives none.</returns>
    public static (string Text, string Advice) Split(string reason)
    {
        var end = reason.IndexOf(BrokersWords, StringComparison.Ordinal);
        var own = end < 0 ? reason : reason[..end];
        var words = end < 0 ? "" : reason[end..];
        for (var i = 1; i + 1 < own.Length; i++)
        {
            if (own[i] == ' ' && own[i - 1] is '.' or '?' or '!' && char.IsAsciiLetterUpper(own[i + 1]))
                return (own[..i] + words, own[(i + 1)..]);
        }

        return (own + words, "");
    }
}
