namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Texts that hold what a client said, for a log line: a Client Identifier may hold line breaks, and 65,535 bytes.</summary>
internal static class LogText
{
    private const int MaximumLength = 512;

    public static string Of(string text)
    {
        var cut = text.Length <= MaximumLength ? text : $"{text.AsSpan(0, MaximumLength)}...";
        return cut.Any(char.IsControl) ? string.Create(cut.Length, cut, Replace) : cut;
    }

    private static void Replace(Span<char> target, string source)
    {
        for (var index = 0; index < source.Length; index++) target[index] = char.IsControl(source[index]) ? ' ' : source[index];
    }
}
