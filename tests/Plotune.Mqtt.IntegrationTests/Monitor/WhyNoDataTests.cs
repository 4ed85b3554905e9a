using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>Why a connection shows no data: the page marks the same step as the API, with the same words.</summary>
public sealed class WhyNoDataTests(BrowserFixture browser) : MonitorTest(browser)
{
    private static readonly Dictionary<string, string> Steps = new()
    {
        ["name"] = "Name",
        ["tcp"] = "TCP",
        ["tls"] = "TLS",
        ["connack"] = "Login",
        ["suback"] = "Subscribed",
        ["message"] = "First message",
        ["decoded"] = "Decoded",
        ["signals"] = "Signals",
        ["viewers"] = "Viewers",
    };

    private static readonly Dictionary<string, string> States = new() { ["ok"] = "done", ["failed"] = "failed", ["waiting"] = "not yet", ["skipped"] = "skipped" };

    [Fact]
    public async Task Nothing_listens()
    {
        await Broker.StopAsync();
        await Agent.AddConnectionAsync("plant", Broker.Port);

        await AssertToldAsync(await OpenAsync(), "tcp", "failed", $"Nothing accepts connections at 127.0.0.1:{Broker.Port}.", "Is the broker running, and is the port right?");
    }

    [Fact]
    public async Task The_name_is_not_found()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port, new { host = "no-such-host.invalid" });

        await AssertToldAsync(await OpenAsync(), "name", "failed", "no-such-host.invalid", null);
    }

    [Fact]
    public async Task The_password_is_wrong()
    {
        await using var broker = await BrokerProcess.StartWithPasswordAsync("user", "right");
        await Agent.AddConnectionAsync("plant", broker.Port, new { username = "user", password = "wrong" });

        await AssertToldAsync(await OpenAsync(), "connack", "failed", "The broker does not let this client connect.", "Check the user name, the password and the broker's access rules.");
    }

    [Fact]
    public async Task The_filter_is_refused()
    {
        await using var broker = await BrokerProcess.StartWithSubscriptionRulesAsync("allowed/#");
        await Agent.AddConnectionAsync("plant", broker.Port, new { topics = new[] { new { filter = "allowed/#", qos = 1 }, new { filter = "secret/#", qos = 1 } } });

        await AssertToldAsync(await OpenAsync(), "suback", "failed", "The broker does not allow the user to subscribe to this filter.", "Check its access rules.", "secret/#");
    }

    [Fact]
    public async Task No_message_has_come_yet()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port, new { topics = new[] { new { filter = "plant/speed", qos = 1 } } });
        var page = await OpenAsync();

        await AssertToldAsync(page, "message", "waiting", "No message has come yet on plant/speed.", "Check that a device publishes to exactly this topic");

        await Broker.PublishAsync("plant/speed", "1");
        await Assertions.Expect(page.Connection("plant").GetByRole(AriaRole.List, new() { Name = "Steps" })).ToHaveCountAsync(0);
        await page.Connection("plant").Button("Why no data?").ClickAsync();
        await AssertToldAsync(page, "viewers", "waiting", "Nobody watches these signals.", "Open one in Plotune, or on the monitor page.");
    }

    [Fact]
    public async Task The_payloads_cannot_be_decoded()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port);
        await Agent.WaitForStatusAsync("plant", "connected");
        var file = Path.Combine(NewFolder("payload"), "bytes");
        await File.WriteAllBytesAsync(file, [0xff, 0xfe, 0x00, 0xc3], TestContext.Current.CancellationToken);
        await Broker.PublishFileAsync("odd/bytes", file);
        var page = await OpenAsync();

        await AssertToldAsync(page, "decoded", "failed", "1 neither JSON nor UTF-8 text", "Have them published as JSON or text");
    }

    [Fact]
    public async Task The_steps_renew_themselves_and_each_says_what_it_found()
    {
        await Broker.StopAsync();
        await Agent.AddConnectionAsync("plant", Broker.Port);
        var page = await OpenAsync();
        await AssertToldAsync(page, "tcp", "failed", "Nothing accepts connections", null);

        await Broker.StartAgainAsync();

        await AssertToldAsync(page, "message", "waiting", "No message has come yet on #.", null);
        await page.Connection("plant").GetByRole(AriaRole.List).GetByRole(AriaRole.Button, new() { Name = "Login" }).ClickAsync();
        await Assertions.Expect(page.Connection("plant")).ToContainTextAsync("Login: The broker accepted us as");
    }

    [Fact]
    public async Task The_steps_have_no_fault_that_axe_finds()
    {
        await using var broker = await BrokerProcess.StartWithSubscriptionRulesAsync("allowed/#");
        await Agent.AddConnectionAsync("plant", broker.Port, new { topics = new[] { new { filter = "allowed/#", qos = 1 }, new { filter = "secret/#", qos = 1 } } });
        await Agent.AddConnectionAsync("other", Broker.Port);
        await Agent.AddConnectionAsync("unknown", Broker.Port, new { host = "no-such-host.invalid" });
        var page = await OpenAsync();
        await AssertToldAsync(page, "suback", "failed", "subscribe to this filter", null, "secret/#");
        await Assertions.Expect(page.Connection("other")).ToContainTextAsync("No message has come yet");
        await Assertions.Expect(page.Connection("unknown")).ToContainTextAsync("Name: ");

        await AssertAccessibleLightAndDarkAsync(page);
    }

    private protected override Task<AgentProcess> StartAgentAsync() => AgentProcess.StartAsync(DataFolder, "--standalone");

    /// <summary>Waits until the agent says so, then that the page says just what the agent says, the step marked.</summary>
    private async Task AssertToldAsync(IPage page, string step, string state, string text, string? advice, string subject = "")
    {
        JsonNode answer = null!;
        JsonNode? telling = null;
        await Eventually.ThatAsync($"{step} is {state}", async () =>
        {
            answer = await Agent.GetAsync("/api/connections/plant/diagnosis");
            telling = TellingOf(answer);
            return telling is not null && ((string?)telling["step"], (string?)telling["state"], (string?)telling["subject"]) == (step, state, subject)
                && answer["steps"]!.AsArray().TakeWhile(before => before != telling).All(before => (string?)before!["state"] is "ok" or "skipped");
        });
        Assert.Contains(text, (string?)telling!["text"], StringComparison.Ordinal);
        Assert.Contains(advice ?? "", (string?)telling["advice"], StringComparison.Ordinal);
        Assert.NotEmpty((string)telling["advice"]!);

        var card = page.Connection("plant");
        var steps = card.GetByRole(AriaRole.List, new() { Name = "Steps from the broker to the screen" });
        await Assertions.Expect(steps.GetByRole(AriaRole.Listitem)).ToHaveTextAsync(answer["steps"]!.AsArray().Select(each => LabelOf(each!)).ToArray());
        await Assertions.Expect(steps.Locator(".telling")).ToHaveTextAsync(LabelOf(telling));
        await Assertions.Expect(steps.Locator("[aria-pressed=true]")).ToHaveTextAsync(LabelOf(telling));
        await Assertions.Expect(card).ToContainTextAsync($"{Steps[step]}: {telling["text"]}");
        await Assertions.Expect(card.Locator(".advice")).ToHaveTextAsync((string)telling["advice"]!);
    }

    /// <summary>The step that failed, or the first that is still open.</summary>
    private static JsonNode? TellingOf(JsonNode answer)
    {
        var steps = answer["steps"]!.AsArray();
        return answer["failed"] is { } failed ? steps[(int)failed] : steps.FirstOrDefault(step => (string?)step!["state"] is "waiting");
    }

    private static string LabelOf(JsonNode step) => $"{$"{Steps[(string)step["step"]!]} {step["subject"]}".TrimEnd()}: {States[(string)step["state"]!]}";
}
