using System.Text.Json.Nodes;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>
/// Where the executable under test lies: the packaged one if <c>PLOTUNE_MQTT_EXECUTABLE</c> names it, else the build beside the tests.
/// </summary>
internal sealed record Installation(string Folder, string Command, string[] LeadingArguments)
{
    private const string Name = "plotune_mqtt_extension";

    public static Installation Shared { get; } = Find();

    /// <summary>A copy of its own, whose plugin.json names another Core.</summary>
    public static Installation CopyFor(string folder, int corePort)
    {
        foreach (var file in Directory.GetFiles(Shared.Folder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        foreach (var runtimes in Directory.GetDirectories(Shared.Folder, "runtimes"))
        {
            foreach (var file in Directory.GetFiles(runtimes, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(folder, Path.GetRelativePath(Shared.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        var plugin = Path.Combine(folder, "plugin.json");
        var json = JsonNode.Parse(File.ReadAllText(plugin))!;
        json["connection"]!["target_port"] = corePort;
        File.WriteAllText(plugin, json.ToJsonString());
        return Shared with
        {
            Folder = folder,
            Command = Shared.LeadingArguments.Length == 0 ? Path.Combine(folder, Name) : Shared.Command,
            LeadingArguments = Shared.LeadingArguments.Length == 0 ? [] : [Path.Combine(folder, Name + ".dll")],
        };
    }

    private static Installation Find()
    {
        if (Environment.GetEnvironmentVariable("PLOTUNE_MQTT_EXECUTABLE") is { Length: > 0 } packaged)
        {
            Assert.True(File.Exists(packaged), $"PLOTUNE_MQTT_EXECUTABLE names {packaged}, which is not there");
            return new Installation(Path.GetDirectoryName(packaged)!, packaged, []);
        }

        return new Installation(AppContext.BaseDirectory, "dotnet", [Path.Combine(AppContext.BaseDirectory, Name + ".dll")]);
    }
}
