using System.Text.RegularExpressions;

namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>A test that carries numbers of statements, found in the sources so that every test project counts, built or not.</summary>
internal sealed partial record TaggedTest(string Version, IReadOnlyList<string> Statements, string Name)
{
    public static IReadOnlyList<TaggedTest> FindAll(string testsFolder) =>
    [
        .. Directory.EnumerateFiles(testsFolder, "*Tests.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .SelectMany(FindIn),
    ];

    private static IEnumerable<TaggedTest> FindIn(string file)
    {
        var text = File.ReadAllText(file);
        foreach (Match tag in Tag().Matches(text))
        {
            var method = Method().Match(text, tag.Index + tag.Length);
            yield return new TaggedTest(
                tag.Groups["version"].Value,
                [.. Quoted().Matches(tag.Groups["numbers"].Value).Select(number => number.Groups[1].Value)],
                $"{Path.GetFileNameWithoutExtension(file)}.{method.Groups["name"].Value}");
        }
    }

    [GeneratedRegex("""^\s*\[Conformance\(\s*"(?<version>[^"]*)"(?<numbers>[^)]*)\)\]""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Tag();

    [GeneratedRegex("\"([^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\s*public (?:async )?[\w<>]+ (?<name>\w+)\(", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Method();
}
