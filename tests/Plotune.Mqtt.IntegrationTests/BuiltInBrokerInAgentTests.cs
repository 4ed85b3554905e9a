using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The built-in broker switched on in a real agent with real workers.</summary>
public sealed class BuiltInBrokerInAgentTests : IDisposable
{
    private const string Connection = "built-in-broker";
    private const string Route = "/api/built-in-broker";

    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_device_is_seen_at_once_and_after_a_restart_too()
    {
        await using (var agent = await StartAsync())
        {
            await PutAsync(agent, """{"enabled":true,"port":0,"username":"me","password":"sesame"}""");
            await agent.WaitForStatusAsync(Connection, "connected");
            await PublishAsync(agent, "hall/temperature", "21.5");
            await Eventually.ThatAsync("the signal is there", async () => (await agent.GetAsync("/api/signals"))["signals"]!.AsArray().Any(signal => (string?)signal!["name"] == "hall_temperature"));
            Assert.DoesNotContain("sesame", agent.Output, StringComparison.Ordinal);
            agent.Signal(Signals.Terminate);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        await using var again = await StartAsync();
        await again.WaitForStatusAsync(Connection, "connected");
        await PublishAsync(again, "hall/humidity", "46");
        await Eventually.ThatAsync("the signal is there", async () => (await again.GetAsync("/api/signals"))["signals"]!.AsArray().Any(signal => (string?)signal!["name"] == "hall_humidity"));

        await PutAsync(again, """{"enabled":false}""");
        await again.WaitForStatusAsync(Connection, "disabled");
    }

    [Fact]
    public async Task With_its_encryption_key_gone_the_connection_gets_another_password_by_itself()
    {
        await using (var agent = await StartAsync())
        {
            await PutAsync(agent, """{"enabled":true,"port":0,"username":"me","password":"sesame"}""");
            await agent.WaitForStatusAsync(Connection, "connected");
            agent.Signal(Signals.Terminate);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        Directory.Delete(Path.Combine(_folder, "keys"), recursive: true);
        await using var again = await StartAsync();

        await again.WaitForStatusAsync(Connection, "connected");
        await PublishAsync(again, "hall/temperature", "21.5");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_user_did_to_the_connection_stays_after_a_restart(bool isRemoved)
    {
        await using (var agent = await StartAsync())
        {
            await PutAsync(agent, """{"enabled":true,"port":0}""");
            await agent.WaitForStatusAsync(Connection, "connected");
            if (isRemoved)
            {
                using var removed = await agent.Http.DeleteAsync($"/api/connections/{Connection}", TestContext.Current.CancellationToken);
                Assert.True(removed.IsSuccessStatusCode);
            }
            else
            {
                await agent.AddConnectionAsync(Connection, 1, new { enabled = false });
            }

            agent.Signal(Signals.Terminate);
            Assert.Equal(0, await agent.WaitForExitAsync());
        }

        await using var again = await StartAsync();
        // Answered once the agent has started everything.
        var state = (await again.GetAsync(Route))["state"]!;
        Assert.Equal("listening", (string?)state["status"]);
        Assert.Contains(isRemoved ? "removed" : "disabled", (string?)Assert.Single(state["warnings"]!.AsArray()), StringComparison.Ordinal);
        var connections = (await again.GetAsync("/api/connections"))["connections"]!.AsArray();
        Assert.Equal(isRemoved ? [] : [false], connections.Select(connection => (bool)connection!["enabled"]!));
    }

    [Fact]
    public async Task Switched_on_in_the_form_it_shows_every_message_once()
    {
        const string untouched = """
            "broker_ip":"127.0.0.1","broker_port":"1883","keepalive":"60","clean_session":true,"qos":"1 : At least once","ssl":false,"topic":"plotune/#","producer":false
            """;
        await using var agent = await StartAsync();

        await SubmitAsync(agent, $$"""{{{untouched}},"builtin_enabled":true,"builtin_port":"0"}""");
        await agent.WaitForStatusAsync(Connection, "connected");
        var port = new Uri((string)(await agent.GetAsync(Route))["state"]!["address"]!).Port;
        await SubmitAsync(agent, $$"""{{{untouched.Replace("1883", $"{port}", StringComparison.Ordinal)}},"builtin_enabled":"true","builtin_port":"0"}""");
        await agent.WaitForStatusAsync(Connection, "connected");
        for (var number = 1; number <= 3; number++) await PublishAsync(agent, "plotune/hall/temperature", $"{number}");

        await Eventually.ThatAsync("all are there", async () => (await SamplesAsync(agent)).Contains(3));
        Assert.Equal([1, 2, 3], await SamplesAsync(agent));
        Assert.Equal([Connection], (await agent.GetAsync("/api/connections"))["connections"]!.AsArray().Select(connection => (string?)connection!["name"]));
    }

    private Task<AgentProcess> StartAsync() => AgentProcess.StartAsync(_folder, "--standalone");

    private static async Task PutAsync(AgentProcess agent, string body)
    {
        using var answer = await agent.Http.PutAsJsonAsync(Route, JsonNode.Parse(body), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task SubmitAsync(AgentProcess agent, string form)
    {
        using var answer = await agent.Http.PostAsJsonAsync("/form", JsonNode.Parse(form), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<List<double>> SamplesAsync(AgentProcess agent)
    {
        using var answer = await agent.Http.GetAsync("/api/signals/plotune_hall_temperature/history", TestContext.Current.CancellationToken);
        if (!answer.IsSuccessStatusCode) return [];
        return [.. (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!["samples"]!.AsArray().Select(sample => (double)sample![1]!)];
    }

    private static async Task PublishAsync(AgentProcess agent, string topic, string payload)
    {
        var address = new Uri((string)(await agent.GetAsync(Route))["state"]!["address"]!);
        await using var publisher = CommandProcess.Start(
            "mosquitto_pub", ["-h", address.Host, "-p", $"{address.Port}", "-u", "me", "-P", "sesame", "-q", "1", "-t", topic, "-m", payload]);
        Assert.Equal(0, await publisher.WaitForExitAsync());
    }
}
