using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>A broker that speaks TLS alone, by the ways a person gives its address.</summary>
public sealed class TlsTests : AgentTest
{
    private protected override Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartWithTlsAsync();

    [Fact]
    public async Task A_connection_with_the_brokers_authority_is_trusted_and_delivers()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { transport = "tls", tls = new { ca = Broker.AuthorityPath } });
        await agent.WaitForStatusAsync("plant", "connected");

        await AssertDeliversAsync(agent);

        Assert.Empty((await agent.StateAsync("plant"))["warnings"]!.AsArray());
    }

    [Fact]
    public async Task OpenSSL_which_takes_a_MiB_is_loaded_by_a_worker_that_speaks_TLS_and_by_no_other()
    {
        await using var plain = await BrokerProcess.StartAsync();
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("secured", Broker.Port, new { transport = "tls", tls = new { ca = Broker.AuthorityPath } });
        await agent.AddConnectionAsync("plain", plain.Port);
        foreach (var connection in (string[])["secured", "plain"]) await agent.WaitForStatusAsync(connection, "connected");

        Assert.Contains("libcrypto", await ReadMappingsAsync("secured"), StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", await ReadMappingsAsync("plain"), StringComparison.Ordinal);

        async Task<string> ReadMappingsAsync(string connection) =>
            await File.ReadAllTextAsync($"/proc/{(int)(await agent.StateAsync(connection))["workerPid"]!}/maps", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_unknown_authority_fails_in_words_until_it_is_given_or_the_check_is_switched_off_with_a_warning()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { transport = "tls" });
        await Eventually.ThatAsync("the certificate is refused", async () => ((string)(await agent.StateAsync("plant"))["reason"]!).Contains("certificate", StringComparison.OrdinalIgnoreCase));

        await agent.AddConnectionAsync("plant", Broker.Port, new { transport = "tls", tls = new { verify = "none" } });
        await agent.WaitForStatusAsync("plant", "connected");

        Assert.Contains("not checked", (string)(await agent.StateAsync("plant"))["warnings"]![0]!, StringComparison.Ordinal);
        Assert.Contains("not checked", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_comes_with_a_restart_of_the_broker_is_told_of_though_the_loss_was_told_before()
    {
        var authority = await File.ReadAllTextAsync(Broker.AuthorityPath, TestContext.Current.CancellationToken);
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { transport = "tls", tls = new { ca = authority } });
        await agent.WaitForStatusAsync("plant", "connected");

        await Broker.RenewCertificateAsync();
        await Broker.StopAsync();
        await agent.WaitForStatusAsync("plant", "waiting");
        await Broker.StartAgainAsync();

        await Eventually.ThatAsync("the certificate is named as the reason", async () =>
            (await agent.StateAsync("plant"))["notices"]!.AsArray().Any(notice => (string?)notice!["kind"] == "hindered" && ((string)notice["text"]!).Contains("certificate", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_form_connects_with_its_ssl_box()
    {
        var form = new JsonObject
        {
            ["broker_ip"] = "127.0.0.1",
            ["broker_port"] = $"{Broker.Port}",
            ["ssl"] = true,
            ["topic"] = "#",
            ["tls_ca"] = await File.ReadAllTextAsync(Broker.AuthorityPath, TestContext.Current.CancellationToken),
        };
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");

        using var tested = await agent.PostAsync("/form/test", form);
        Assert.Contains("\"success\"", await tested.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var saved = await agent.PostAsync("/form", form);
        await agent.WaitForStatusAsync(ConnectionName, "connected");

        await AssertDeliversAsync(agent);
    }

    private async Task AssertDeliversAsync(AgentProcess agent)
    {
        await using var stream = await agent.FetchAsync("plant_count");
        await Broker.PublishAsync("plant/count", "7");
        Assert.Equal(7, await stream.NextNumberAsync());
    }
}
