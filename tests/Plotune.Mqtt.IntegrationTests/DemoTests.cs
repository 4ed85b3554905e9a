using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The <c>demo</c> command as a person starts it.</summary>
public sealed partial class DemoTests : IDisposable
{
    private readonly string _temporary = Directory.CreateTempSubdirectory("plotune-test-").FullName;

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Hangup)]
    public async Task Signals_appear_and_nothing_is_left_behind(int signal)
    {
        // Where port 1883 is free it is taken here, so that the demo has to find another one.
        using var taken = TryTake(1883);
        await using var demo = Start();
        await demo.WaitForOutputAsync("Ctrl+C");
        using var http = new HttpClient { BaseAddress = new Uri(AgentAddress().Match(demo.Output).Value) };

        foreach (var name in (string[])["demo_mill_spindle_vibration_x", "demo_hall_temperature", "demo_mill_state_oee_quality", "demo_mill_alarm", "demo_mill_nameplate_serial", "demo_press_status"])
        {
            await Eventually.ThatAsync($"{name} is there", async () => (await SamplesAsync(http, name)).Count > 0);
        }

        Assert.NotEqual(1883, int.Parse(BrokerPort().Match(demo.Output).Groups[1].ValueSpan));
        Assert.NotEmpty(Directory.EnumerateDirectories(_temporary, "plotune-mqtt-demo-*"));
        demo.Signal(signal);

        Assert.Equal(0, await demo.WaitForExitAsync());
        Assert.Empty(Directory.EnumerateDirectories(_temporary, "plotune-mqtt-demo-*"));
        Assert.Equal(3, demo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length);
    }

    [Fact]
    public async Task What_a_killed_demo_leaves_is_removed_by_the_next()
    {
        await using (var first = Start())
        {
            await first.WaitForOutputAsync("Ctrl+C");
            first.Signal(Signals.Kill9);
            await first.WaitForExitAsync();
        }

        var left = Assert.Single(Directory.EnumerateDirectories(_temporary, "plotune-mqtt-demo-*"));
        await using var second = Start();
        await second.WaitForOutputAsync("Ctrl+C");

        Assert.False(Directory.Exists(left));
        second.Signal(Signals.Terminate);
        Assert.Equal(0, await second.WaitForExitAsync());
    }

    private CommandProcess Start() => CommandProcess.StartOwn(["demo"], ("TMPDIR", _temporary), ("PLOTUNE_MQTT_LOG", "warning"));

    /// <summary>Null if another program has it, which is as good.</summary>
    private static TcpListener? TryTake(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private static async Task<JsonArray> SamplesAsync(HttpClient http, string name)
    {
        using var answer = await http.GetAsync($"/api/signals/{name}/history", TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!["samples"]!.AsArray() : [];
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[0-9]+/")]
    private static partial Regex AgentAddress();

    [GeneratedRegex(@"mqtt://127\.0\.0\.1:([0-9]+)")]
    private static partial Regex BrokerPort();
}
