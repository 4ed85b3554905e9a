using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Installations that are not whole, or set up so that the agent cannot do what it is told.</summary>
public sealed class InstallationTests : AgentTest
{
    [Fact]
    public async Task Without_SQLites_library_the_agent_says_so_in_a_sentence_and_ends_with_code_1()
    {
        var folder = NewFolder("installation");
        var installation = Installation.CopyFor(folder, corePort: 1);
        foreach (var library in Directory.GetFiles(folder, "*e_sqlite3.*", SearchOption.AllDirectories))
        {
            File.Delete(library);
        }

        await using var agent = AgentProcess.Launch(DataFolder, installation, "--standalone");

        Assert.Equal(1, await agent.WaitForExitAsync());
        await Eventually.ThatAsync("it says so", () => agent.Output.Contains("SQLite cannot be loaded", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_addresses_than_connections_allowed_are_refused_in_a_sentence_and_end_with_code_2()
    {
        var folder = NewFolder("installation");
        var installation = Installation.CopyFor(folder, corePort: 1);
        var plugin = Path.Combine(folder, "plugin.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(plugin, TestContext.Current.CancellationToken))!;
        json["configuration"]!["limits"] = new JsonObject { ["connections"] = 1 };
        await File.WriteAllTextAsync(plugin, json.ToJsonString(), TestContext.Current.CancellationToken);

        await using var agent = AgentProcess.Launch(DataFolder, installation, "--standalone", "--connect", BrokerAddress, "--connect", "broker.example");

        Assert.Equal(2, await agent.WaitForExitAsync());
        await Eventually.ThatAsync("it says so", () => agent.Output.Contains("The limit of connections is reached, which is 1", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }
}
