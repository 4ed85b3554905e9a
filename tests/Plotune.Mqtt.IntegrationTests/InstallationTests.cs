using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Installations that are not whole.</summary>
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
}
