using System.Diagnostics;
using System.Text.Json;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The command <c>probe</c> as a process of its own, against a real broker.</summary>
public sealed class ProbeTests
{
    private const int Terminate = 15;

    [Theory]
    [InlineData("3.1.1")]
    [InlineData("5.0")]
    public async Task A_probe_hears_what_it_publishes_and_stops_when_told(string protocol)
    {
        await using var broker = await BrokerProcess.StartAsync();
        using var probe = Start(
            "--host", "127.0.0.1", "--port", $"{broker.Port}", "--protocol", protocol, "--subscribe", "t/#:2", "--publish", "t/1:2:hello:there", "--client-id", "me");

        var events = new List<string>();
        while (events.Count(kind => kind is "message" or "published") < 2)
        {
            using var line = JsonDocument.Parse(await LineAsync(probe));
            events.Add(line.RootElement.GetProperty("event").GetString()!);
            if (events[^1] == "message")
            {
                Assert.Equal("hello:there", line.RootElement.GetProperty("payload").GetString());
            }
        }

        Assert.Equal(["connected", "suback"], events[..2]);
        Assert.Equal(0, Signals.Kill(probe.Id, Terminate));
        Assert.Contains("\"stopped\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Equal(0, await ExitCodeAsync(probe));
    }

    [Fact]
    public async Task A_probe_without_a_broker_says_so_by_its_exit_code()
    {
        await using var broker = await BrokerProcess.StartAsync();
        await broker.StopAsync();
        using var probe = Start("--host", "127.0.0.1", "--port", $"{broker.Port}");

        Assert.Contains("\"unreachable\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Equal(3, await ExitCodeAsync(probe));
    }

    private static Process Start(params string[] arguments)
    {
        var installation = Installation.Shared;
        return Process.Start(new ProcessStartInfo(installation.Command, [.. installation.LeadingArguments, "probe", .. arguments]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The probe did not start");
    }

    private static async Task<string> LineAsync(Process probe) =>
        await probe.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("The probe ended early");

    private static async Task<int> ExitCodeAsync(Process probe)
    {
        await probe.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return probe.ExitCode;
    }
}
