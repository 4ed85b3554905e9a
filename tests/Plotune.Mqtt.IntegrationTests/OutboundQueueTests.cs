using System.Net;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>What waits to be published, in a real agent.</summary>
public sealed class OutboundQueueTests : AgentTest
{
    [Theory]
    [InlineData(Signals.Kill9)]
    [InlineData(Signals.Terminate)]
    public async Task What_was_accepted_for_a_disabled_connection_waits_however_the_agent_ends_and_goes_with_the_connection(int signal)
    {
        await using (var agent = await AgentProcess.StartAsync(DataFolder, "--standalone"))
        {
            await agent.AddConnectionAsync("plant", Broker.Port, new { enabled = false });
            for (var i = 0; i < 50; i++)
            {
                using var answer = await agent.PostAsync("/api/connections/plant/publish", new { topic = "out/number", payload = $"{i}" });
                Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            }

            agent.Signal(signal);
            await agent.WaitForExitAsync();
        }

        await using var again = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await again.WaitForStatusAsync("plant", "disabled");
        var outbound = (await again.StateAsync("plant"))["outbound"]!;
        Assert.Equal((50, 0), ((long)outbound["depth"]!, (long)outbound["published"]!));

        using var deleted = await again.Http.DeleteAsync("/api/connections/plant", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await again.AddConnectionAsync("plant", Broker.Port, new { enabled = false });
        Assert.Equal(0, (long)(await again.StateAsync("plant"))["outbound"]!["depth"]!);
        Assert.Contains("50 messages that waited to be published", again.Output, StringComparison.Ordinal);
    }
}
