using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>What is said of connections to real brokers that show no data, step by step.</summary>
public sealed class DiagnosisTests : AgentTest
{
    [Fact]
    public async Task Each_step_from_a_broker_that_is_away_to_a_viewer_is_told()
    {
        await using var agent = await StartConnectedAgentAsync();
        await UntilAsync(agent, "nothing has come yet", "message waiting");
        Assert.Null(await FailedAsync(agent));

        await Broker.PublishAsync("plant/line", "1");
        await UntilAsync(agent, "the message is decoded", "decoded ok", "signals ok", "viewers waiting");

        await using (await agent.FetchAsync("plant_line"))
        {
            await UntilAsync(agent, "somebody watches", "viewers ok");
        }

        await Broker.StopAsync();
        await UntilAsync(agent, "the broker is away", "tcp failed", "connack skipped", "viewers skipped");
        var failed = await FailedAsync(agent);
        Assert.Equal("tcp", (string?)failed!["step"]);
        Assert.Contains($"127.0.0.1:{Broker.Port}", (string?)failed["text"], StringComparison.Ordinal);
        Assert.NotEmpty((string)failed["advice"]!);

        await Broker.StartAgainAsync();
        await UntilAsync(agent, "it is back, and silent since", "tcp ok", "suback ok", "message waiting");
    }

    [Fact]
    public async Task A_wrong_password_shows_at_CONNACK()
    {
        await using var broker = await BrokerProcess.StartWithPasswordAsync("user", "right");
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("locked", broker.Port, new { username = "user", password = "wrong" });

        await UntilAsync(agent, "the broker refuses", "locked", ["name ok", "tcp ok", "connack failed", "suback skipped"]);
        var failed = await FailedAsync(agent, "locked");
        Assert.Contains("password", $"{failed}", StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", $"{await DiagnoseAsync(agent, "locked")}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_nobody_knows_shows_at_its_name_and_a_certificate_of_an_unknown_authority_at_TLS()
    {
        await using var broker = await BrokerProcess.StartWithTlsAsync();
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("nowhere", 1883, new { host = "no-such-host.invalid" });
        await agent.AddConnectionAsync("secure", broker.Port, new { transport = "tls" });
        await agent.AddConnectionAsync("plain", broker.Port);

        await UntilAsync(agent, "the name is not found", "nowhere", ["name failed", "tcp skipped"]);
        await UntilAsync(agent, "the certificate is not trusted", "secure", ["name ok", "tcp ok", "tls failed", "connack skipped"]);
        await UntilAsync(agent, "the port speaks TLS", "plain", ["tcp ok"]);
        Assert.NotNull(await FailedAsync(agent, "plain"));
    }

    [Fact]
    public async Task A_refused_filter_shows_beside_those_that_were_granted()
    {
        await using var broker = await BrokerProcess.StartWithSubscriptionRulesAsync("allowed/#");
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("half", broker.Port, new { topics = new[] { new { filter = "allowed/#", qos = 1 }, new { filter = "secret/#", qos = 1 } } });
        await agent.WaitForStatusAsync("half", "connected");

        await UntilAsync(agent, "one filter is refused", "half", ["connack ok", "suback ok", "suback failed", "message waiting"]);
        Assert.Equal("secret/#", (string?)(await FailedAsync(agent, "half"))!["subject"]);
    }

    [Fact]
    public async Task Payloads_that_are_no_text_show_at_decoding()
    {
        await using var agent = await StartConnectedAgentAsync();
        var file = Path.Combine(NewFolder("payload"), "bytes");
        await File.WriteAllBytesAsync(file, [0xff, 0xfe, 0x00, 0xc3], TestContext.Current.CancellationToken);

        await Broker.PublishFileAsync("odd/bytes", file);

        await UntilAsync(agent, "nothing can be decoded", "message ok", "decoded failed");
        Assert.Contains("1 neither JSON nor UTF-8 text", (string?)(await FailedAsync(agent))!["text"], StringComparison.Ordinal);
    }

    private static async Task<JsonNode> DiagnoseAsync(AgentProcess agent, string connection) => await agent.GetAsync($"/api/connections/{connection}/diagnosis");

    private async Task<JsonNode?> FailedAsync(AgentProcess agent, string? connection = null)
    {
        var diagnosis = await DiagnoseAsync(agent, connection ?? ConnectionName);
        return diagnosis["failed"] is { } index ? diagnosis["steps"]![(int)index] : null;
    }

    private Task UntilAsync(AgentProcess agent, string what, params string[] steps) => UntilAsync(agent, what, ConnectionName, steps);

    /// <summary>Waits for steps in certain states, each as the API's two words for it.</summary>
    private static Task UntilAsync(AgentProcess agent, string what, string connection, string[] steps) => Eventually.ThatAsync(what, async () =>
    {
        var told = (await DiagnoseAsync(agent, connection))["steps"]!.AsArray().Select(step => $"{step!["step"]} {step["state"]}").ToArray();
        return steps.All(told.Contains);
    });
}
