using System.Diagnostics;
using System.Text.Json;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;

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

    [Fact]
    public async Task A_probe_goes_through_a_proxy_with_a_password_from_a_file_and_takes_headers_along()
    {
        // mosquitto 2.0.11 refuses to start if its only listener is one of WebSocket.
        await using var broker = await BrokerProcess.StartAsync("allow_anonymous true\nprotocol websockets\nlistener 0 {folder}/other.sock\n");
        await using var proxy = TunnelProxy.Start();
        var password = Path.GetTempFileName();
        await File.WriteAllTextAsync(password, "s3cret\n", TestContext.Current.CancellationToken);
        using var probe = Start(
            $"ws://127.0.0.1:{broker.Port}", "--proxy", $"http://ada@127.0.0.1:{proxy.Port}", "--proxy-password-file", password, "--header", "X-Plant: 7", "--publish", "t:1:x");

        Assert.Contains("\"connected\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Contains("\"delivered\"", await LineAsync(probe), StringComparison.Ordinal);
        File.Delete(password);
        Assert.Equal(0, Signals.Kill(probe.Id, Terminate));
        Assert.Equal(0, await ExitCodeAsync(probe));

        var request = Assert.Single(proxy.Requests);
        Assert.StartsWith($"CONNECT 127.0.0.1:{broker.Port} ", request, StringComparison.Ordinal);
        Assert.Contains("Proxy-Authorization: Basic " + Convert.ToBase64String("ada:s3cret"u8), request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_refused_subscription_is_told_and_the_probe_stays()
    {
        await using var broker = await BrokerProcess.StartWithSubscriptionRulesAsync("open/#");
        using var probe = Start("--host", "127.0.0.1", "--port", $"{broker.Port}", "--subscribe", "secret/#:1", "--subscribe", "open/#:1", "--publish", "open/a:1:x");

        Assert.Contains("\"connected\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Contains("\"filter\":\"secret/#\",\"reasonName\":\"NotAuthorized\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Contains("\"filter\":\"open/#\",\"granted\":1", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Contains("open/a", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Equal(0, Signals.Kill(probe.Id, 2));
        Assert.Equal(0, await ExitCodeAsync(probe));
    }

    [Fact]
    public async Task The_end_of_standard_input_is_no_order_to_stop()
    {
        await using var broker = await BrokerProcess.StartAsync();
        using var probe = Start("--host", "127.0.0.1", "--port", $"{broker.Port}", "--subscribe", "t");
        probe.StandardInput.Close();
        Assert.Contains("\"connected\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Contains("\"suback\"", await LineAsync(probe), StringComparison.Ordinal);

        await broker.PublishAsync("t", "still here");
        Assert.Contains("still here", await LineAsync(probe), StringComparison.Ordinal);

        await broker.StopAsync();
        Assert.Contains("\"endedByBroker\"", await LineAsync(probe), StringComparison.Ordinal);
        Assert.Equal(5, await ExitCodeAsync(probe));
    }

    private static Process Start(params string[] arguments)
    {
        var installation = Installation.Shared;
        return Process.Start(new ProcessStartInfo(installation.Command, [.. installation.LeadingArguments, "probe", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })
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
