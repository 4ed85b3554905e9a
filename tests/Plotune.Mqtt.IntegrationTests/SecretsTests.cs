using System.Text;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

public sealed class SecretsTests : AgentTest
{
    private const string Password = "s3cret-Pa55word";

    private protected override Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartWithPasswordAsync("operator", Password);

    [Fact]
    public async Task The_right_password_connects_and_appears_nowhere()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = Password });
        await agent.WaitForStatusAsync("plant", "connected");
        var worker = (int)(await agent.StateAsync("plant"))["workerPid"]!;

        var answer = await agent.Http.GetStringAsync("/api/connections", TestContext.Current.CancellationToken);
        var form = await agent.Http.GetStringAsync("/form", TestContext.Current.CancellationToken);
        var processes = await File.ReadAllTextAsync($"/proc/{worker}/cmdline", TestContext.Current.CancellationToken)
            + await File.ReadAllTextAsync($"/proc/{worker}/environ", TestContext.Current.CancellationToken);
        using var stopping = await agent.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
        await agent.WaitForExitAsync();

        Assert.DoesNotContain(Password, answer + form + processes + agent.Output, StringComparison.Ordinal);
        Assert.Contains("\"***\"", answer, StringComparison.Ordinal);
        var needle = Encoding.UTF8.GetBytes(Password);
        foreach (var file in Directory.GetFiles(DataFolder, "*", SearchOption.AllDirectories))
        {
            Assert.True((await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf(needle) < 0, $"the password is in {file}");
        }
    }

    [Fact]
    public async Task A_wrong_password_fails_for_good_in_words_until_it_is_changed()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = "wrong" });
        await agent.WaitForStatusAsync("plant", "failed");
        Assert.NotEmpty((string)(await agent.StateAsync("plant"))["reason"]!);

        await agent.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = Password });

        await agent.WaitForStatusAsync("plant", "connected");
    }

    [Fact]
    public async Task A_stored_password_survives_a_restart_and_an_edit_that_does_not_name_it()
    {
        await using (var agent = await AgentProcess.StartAsync(DataFolder, "--standalone"))
        {
            await agent.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = Password });
            await agent.WaitForStatusAsync("plant", "connected");
            using var stopping = await agent.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
            await agent.WaitForExitAsync();
        }

        await using var again = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await again.WaitForStatusAsync("plant", "connected");
        await again.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = "***", keepAlive = 30 });

        await again.WaitForStatusAsync("plant", "connected");
    }
}
