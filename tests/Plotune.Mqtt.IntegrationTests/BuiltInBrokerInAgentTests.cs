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

    private Task<AgentProcess> StartAsync() => AgentProcess.StartAsync(_folder, "--standalone");

    private static async Task PutAsync(AgentProcess agent, string body)
    {
        using var answer = await agent.Http.PutAsJsonAsync(Route, JsonNode.Parse(body), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task PublishAsync(AgentProcess agent, string topic, string payload)
    {
        var address = new Uri((string)(await agent.GetAsync(Route))["state"]!["address"]!);
        await using var publisher = CommandProcess.Start(
            "mosquitto_pub", ["-h", address.Host, "-p", $"{address.Port}", "-u", "me", "-P", "sesame", "-q", "1", "-t", topic, "-m", payload]);
        Assert.Equal(0, await publisher.WaitForExitAsync());
    }
}
