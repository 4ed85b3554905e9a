using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The view of the messages by what a person does and sees.</summary>
public sealed class MessagesViewTests(BrowserFixture browser) : MonitorTest(browser)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_in_and_out_stand_newest_first_with_what_brought_them_and_can_be_chosen_by_it()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var source = await VariableSource.StartAsync();
        var page = await OpenAsync("/#/messages");
        await Assertions.Expect(page.GetByText("None has come in or gone out")).ToBeVisibleAsync();

        await Broker.PublishAsync("plant/line", "1");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/line"]);
        using (var published = await Agent.PostAsync("/api/connections/plant/publish", new { topic = "hand", payload = "2" })) published.EnsureSuccessStatusCode();
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(2);
        using (var bridged = await Agent.PostAsync("/bridge/speed", new { name = "speed", source_ip = "127.0.0.1", source_port = source.Port })) bridged.EnsureSuccessStatusCode();
        await source.SendAsync("speed", 1);
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(3);
        using (var stored = await Agent.Http.PutAsJsonAsync("/api/event-sources/nemo", new { port = redis.Port, connection = "plant" }, Cancel)) stored.EnsureSuccessStatusCode();
        await using (var client = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port}"))
            await client.GetDatabase(1).ListLeftPushAsync("nemo_mqtt_events", """{"topic":"nemo/tools/1","payload":"4","qos":2,"retain":true}""");

        await Assertions.Expect(Messages(page)).ToContainTextAsync([
            new Regex("↑ out.*nemo/tools/1.*Redis.*QoS 2.*retained.*plant"), new Regex("↑ out.*out/speed.*Bridge"), new Regex("↑ out.*hand.*By hand.*QoS 1"), new Regex("↓ in.*plant/line.*MQTT.*QoS 1.*plant")]);
        foreach (var (choice, topic) in (IEnumerable<(string, string)>)[("MQTT", "plant/line"), ("By hand", "hand"), ("Bridge", "out/speed"), ("Redis", "nemo/tools/1")])
        {
            await page.GetByLabel("Source").SelectOptionAsync(choice);
            await Assertions.Expect(Messages(page)).ToContainTextAsync([topic]);
        }

        await Assertions.Expect(page).ToHaveURLAsync(new Regex("source=redis"));
        await page.GetByLabel("Source").SelectOptionAsync("all");
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task A_topic_filter_chooses_by_its_wildcards_and_is_in_the_address()
    {
        foreach (var topic in (string[])["plant/a/state", "plant/b/state", "plant/a/speed", "plant"]) await Broker.PublishAsync(topic, topic);
        var page = await OpenAsync("/#/messages");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant", "plant/a/speed", "plant/b/state", "plant/a/state"]);
        var filter = page.GetByLabel("Topic filter");

        await filter.FillAsync("plant/+/state");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/b/state", "plant/a/state"]);
        await filter.FillAsync("plant/a/#");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/a/speed", "plant/a/state"]);
        await Broker.PublishAsync("plant/b/speed", "not chosen");
        await Broker.PublishAsync("plant/a/load", "chosen");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/a/load", "plant/a/speed", "plant/a/state"]);

        await Assertions.Expect(page).ToHaveURLAsync(new Regex("match="));
        await page.ReloadAsync();
        await Assertions.Expect(filter).ToHaveValueAsync("plant/a/#");
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(3);

        await filter.FillAsync("plant/#/state");
        await Assertions.Expect(page.GetByText("# must be the last level")).ToBeVisibleAsync();
        await Assertions.Expect(filter).ToHaveAttributeAsync("aria-invalid", "true");
        await filter.FillAsync("nobody/#");
        await Assertions.Expect(page.GetByText("None of the newest fits these filters.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Payloads_are_indented_JSON_with_each_digit_as_it_was_sent_or_text_or_bytes()
    {
        var page = await OpenAsync("/#/messages");

        await Broker.PublishAsync("plant/json", """{"big":12345678901234567890.12345678901234567890,"e":1E+2,"list":[1.0,-0.50],"deep":{"a":null,"text":"a, {b}: \u00e9"},"none":{}}""", qos: 0);
        await Broker.PublishAsync("plant/text", "two  words, {no json}");
        await Broker.PublishFileAsync("plant/bytes", await FileOfAsync([0x00, 0xFF, 0x41, 0x80]));

        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/bytes", "plant/text", "plant/json"]);
        await Assertions.Expect(Message(page, "plant/json")).ToContainTextAsync("QoS 0");
        Assert.Equal(
            """
            {
              "big": 12345678901234567890.12345678901234567890,
              "e": 1E+2,
              "list": [1.0, -0.50],
              "deep": {
                "a": null,
                "text": "a, {b}: \u00e9"
              },
              "none": {}
            }
            """,
            await PayloadAsync(page, "plant/json"));
        Assert.Equal("two  words, {no json}", await PayloadAsync(page, "plant/text"));
        Assert.Matches(@"^0000  00 ff 41 80 +··A·$", await PayloadAsync(page, "plant/bytes"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Whole payloads" }).ClickAsync();
        await Assertions.Expect(Message(page, "plant/json").Locator("pre")).ToHaveCountAsync(0);
        await Assertions.Expect(Message(page, "plant/json")).ToContainTextAsync("12345678901234567890.12345678901234567890");
        await Message(page, "plant/json").GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await Assertions.Expect(Message(page, "plant/json").Locator("pre")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Retained_messages_are_marked_and_those_that_could_not_be_read_say_why()
    {
        await Broker.PublishAsync("kept/limit", "85", retain: true);
        await Agent.AddConnectionAsync("late", Broker.Port, new { topics = new[] { new { filter = "kept/#", qos = 1 } } });
        var page = await OpenAsync("/#/messages");
        await Assertions.Expect(Messages(page)).ToContainTextAsync([new Regex("kept/limit.*retained.*late")]);

        await Broker.PublishAsync("plant/live", "1");
        await Broker.PublishAsync("plant/deep", new string('[', 100) + new string(']', 100));
        await Broker.PublishFileAsync("plant/bytes", await FileOfAsync([0xC3, 0x28]));

        await Assertions.Expect(Messages(page)).ToHaveCountAsync(4);
        await Assertions.Expect(Message(page, "plant/live")).Not.ToContainTextAsync("retained");
        await Assertions.Expect(Message(page, "plant/live").Locator(".message-failure")).ToHaveCountAsync(0);
        await Assertions.Expect(Message(page, "plant/deep").Locator(".message-failure")).ToContainTextAsync("deep");
        await Assertions.Expect(Message(page, "plant/bytes").Locator(".message-failure")).ToContainTextAsync("UTF-8");
    }

    [Fact]
    public async Task A_paused_list_holds_still_until_it_goes_on()
    {
        var page = await OpenAsync("/#/messages");
        var other = await OpenAsync("/#/messages");
        await Broker.PublishAsync("plant/before", "1");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/before"]);

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(page.GetByText("paused at")).ToBeVisibleAsync();
        await Broker.PublishAsync("plant/meanwhile", "2");
        await Assertions.Expect(Messages(other)).ToContainTextAsync(["plant/meanwhile", "plant/before"]);
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/before"]);

        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await Broker.PublishAsync("plant/after", "3");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(["plant/after", "plant/meanwhile", "plant/before"]);
    }

    [Fact]
    public async Task A_paused_list_is_searched_as_it_is_and_as_the_agent_would()
    {
        var page = await OpenAsync("/#/messages");
        string[] topics = ["plant", "plant/a/state", "plant/B/state", "plant/x/b"];
        foreach (var topic in topics) await Broker.PublishAsync(topic, "1");
        await Assertions.Expect(Messages(page)).ToContainTextAsync(topics.Reverse());
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();

        foreach (var (match, count) in (IEnumerable<(string, int)>)[("plant/+/state", 2), ("plant/#", 4), ("plant/+/b", 1), ("+/b", 0), ("#", 4), ("*b*state", 1), ("plant/*", 3), ("*/a/*", 1), ("plant", 1), ("lant", 0)])
        {
            await page.GetByLabel("Topic filter").FillAsync(match);
            var asked = await Agent.GetAsync($"/api/messages?{(match.AsSpan().ContainsAny('+', '#') ? "filter" : "match")}={Uri.EscapeDataString(match)}");
            string[] expected = [.. asked["messages"]!.AsArray().Select(message => (string)message!["topic"]!)];
            Assert.Equal(count, expected.Length);
            await Assertions.Expect(page.Locator(".message-topic")).ToHaveTextAsync(expected);
        }
    }

    [Fact]
    public async Task Copying_takes_a_payload_as_it_came_and_not_as_it_is_shown()
    {
        const string Json = """{ "a":1.0,"b" : "x" }""";
        await Broker.PublishAsync("plant/json", Json);
        await Broker.PublishFileAsync("plant/bytes", await FileOfAsync([0xFF, 0x00, 0xAB]));
        var page = await OpenAsync("/#/messages", new() { Permissions = ["clipboard-read", "clipboard-write"] });

        foreach (var (topic, text) in (IEnumerable<(string, string)>)[("plant/json", Json), ("plant/bytes", "ff00ab")])
        {
            await Message(page, topic).GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
            await Eventually.ThatAsync($"the clipboard holds {text}", async () => await page.EvaluateAsync<string>("() => navigator.clipboard.readText()") == text);
        }
    }

    [Fact]
    public async Task More_than_a_hundred_stay_listed_and_no_more_than_asked_for()
    {
        var page = await OpenAsync("/#/messages");
        for (var last = 80; last <= 240; last += 80)
        {
            // The worker keeps a hundred, and the page what it was told.
            await Broker.PublishAsync("plant/count", Enumerable.Range(last - 79, 80).Select(number => $"number {number}."));
            await Assertions.Expect(Messages(page)).ToHaveCountAsync(Math.Min(200, last));
            await Assertions.Expect(Messages(page).First).ToContainTextAsync($"number {last}.");
        }

        await Assertions.Expect(Messages(page).Last).ToContainTextAsync("number 41.");
        await Assertions.Expect(page.GetByText("200 messages, newest first")).ToBeVisibleAsync();
        await page.GetByLabel("At most").SelectOptionAsync("100");
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(100);
        await Assertions.Expect(Messages(page).Last).ToContainTextAsync("number 141.");
    }

    [Fact]
    public async Task The_view_has_no_fault_that_axe_finds_in_light_and_dark()
    {
        await Broker.PublishAsync("kept/limit", """{"limit":85,"on":true,"unit":"°C","none":null}""", retain: true);
        await Agent.AddConnectionAsync("late", Broker.Port, new { topics = new[] { new { filter = "kept/#", qos = 1 } } });
        await Broker.PublishAsync("plant/text", "a\u202Eb");
        await Broker.PublishFileAsync("plant/bytes", await FileOfAsync([0xFF]));
        using (var published = await Agent.PostAsync("/api/connections/plant/publish", new { topic = "hand", payload = "2" })) published.EnsureSuccessStatusCode();
        var page = await OpenAsync("/#/messages", new() { ReducedMotion = ReducedMotion.Reduce });
        await Assertions.Expect(Messages(page)).ToHaveCountAsync(4);

        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await AssertAccessibleAsync(page);
        }

        await page.GetByLabel("Topic filter").FillAsync("#/a");
        await page.GetByRole(AriaRole.Button, new() { Name = "Whole payloads" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(page.GetByText("# must be the last level")).ToBeVisibleAsync();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await AssertAccessibleAsync(page);
        }
    }

    /// <summary>One connection, which sees what is below plant/ and publishes the rest.</summary>
    private protected override async Task<AgentProcess> StartAgentAsync()
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(async () =>
        {
            await agent.AddConnectionAsync("plant", Broker.Port, new { topics = new[] { new { filter = "plant/#", qos = 1 } }, producer = true, producerTopic = "out" });
            await agent.WaitForStatusAsync("plant", "connected");
        });
    }

    private static ILocator Messages(IPage page) => page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Listitem);

    private static ILocator Message(IPage page, string topic) => Messages(page).Filter(new() { HasText = topic });

    private static async Task<string?> PayloadAsync(IPage page, string topic) => await Message(page, topic).Locator("pre").TextContentAsync();

    private async Task<string> FileOfAsync(byte[] bytes)
    {
        var file = Path.Combine(NewFolder("payloads"), "payload");
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        return file;
    }
}
