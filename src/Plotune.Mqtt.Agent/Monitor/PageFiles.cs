using System.Collections.Frozen;
using System.Reflection;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>The page's files, embedded in the executable; read at the first request, since most runs of an agent show no page. Thread-safe.</summary>
internal static class PageFiles
{
    private const string Prefix = "monitor/";

    private static readonly Lazy<FrozenDictionary<string, PageFile>> All = new(Read);

    /// <summary>Paths of all files.</summary>
    public static IEnumerable<string> Paths => All.Value.Keys;

    /// <param name="path">Relative to the page's folder, with slashes, case-sensitive.</param>
    public static PageFile? Find(string path) => All.Value.GetValueOrDefault(path);

    private static FrozenDictionary<string, PageFile> Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Path: name[Prefix.Length..].Replace('\\', '/'), Content: ReadAll(assembly, name)))
            .ToFrozenDictionary(file => file.Path, file => PageFile.Of(file.Path, file.Content), StringComparer.Ordinal);
    }

    private static byte[] ReadAll(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The resource {name} is missing");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
