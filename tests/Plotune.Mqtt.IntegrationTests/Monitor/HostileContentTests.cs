using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>What anybody who may publish could try on a page: it stays text, the page stays a page, and every view goes on.</summary>
public sealed class HostileContentTests(BrowserFixture browser) : MonitorTest(browser)
{
    private const string Markup = "<img src=x onerror=window.wasRun=1>";
    private const string Turned = "\u202Etxt.exe";
    private const string TurnedShown = "‹U+202E›txt.exe";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Markup_and_turned_text_in_any_name_topic_payload_or_unit_stay_text_in_every_view()
    {
        const string Name = Markup + Turned;
        const string NameShown = Markup + TurnedShown;
        await using var source = await VariableSource.StartAsync();
        await Agent.AddConnectionAsync(Uri.EscapeDataString(Name), Broker.Port, new { producer = true, producerTopic = Turned });
        await Agent.WaitForStatusAsync(Name, "connected");
        using (var bridged = await Agent.PostAsync($"/bridge/{Uri.EscapeDataString(Name)}", new { name = Name, source_ip = "127.0.0.1", source_port = source.Port })) bridged.EnsureSuccessStatusCode();
        await source.SendAsync(Name, 1);
        using (var stored = await Agent.Http.PutAsJsonAsync("/api/event-sources/nemo", new { port = 1, connection = Name }, Cancel)) stored.EnsureSuccessStatusCode();
        await Broker.PublishAsync($"evil/{Markup}", $$"""{"value":4711.5,"unit":"{{Markup}}{{Turned}}","description":"{{Markup}}"}""");
        await Broker.PublishAsync("evil/text", $"{Markup}{Turned} שלום");
        var page = await OpenAsync("/#/connections");

        var card = page.GetByRole(AriaRole.Article, new() { Name = $"Connection {NameShown}" });
        await Assertions.Expect(card.GetByRole(AriaRole.Heading, new() { Name = NameShown })).ToBeVisibleAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Why no data?" }).ClickAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Details" }).ClickAsync();
        await Assertions.Expect(card.GetByText("What happened")).ToBeVisibleAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(NameShown);
        await AssertHarmlessAsync(page);
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await GoToAsync(page, "Signals");
        await page.GetByLabel("Search for signals").FillAsync(Markup);
        await Assertions.Expect(page.GetByText("4 of 5")).ToBeVisibleAsync();
        await Row(page, "4711.5").First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Pane 1", Exact = true })).ToContainTextAsync($"evil/{Markup}4711.5<img src=x ");
        await AssertHarmlessAsync(page);

        await GoToAsync(page, "Messages");
        await Assertions.Expect(Message(page, "evil/text").First).ToContainTextAsync($"{Markup}{TurnedShown} שלום");
        Assert.True(await Message(page, "evil/text").Locator("pre").First.EvaluateAsync<bool>("pre => getComputedStyle(pre.firstElementChild).unicodeBidi === 'isolate'"), "What is written from right to left does not turn what stands beside it.");
        await Assertions.Expect(Message(page, $"evil/{Markup}").First).ToContainTextAsync($"\"unit\": \"{Markup}{TurnedShown}\"");
        await Assertions.Expect(Message(page, $"{TurnedShown}/{NameShown}").First).ToBeVisibleAsync();
        await page.GetByLabel("Connection").SelectOptionAsync(Name);
        await Assertions.Expect(Message(page, "evil/text")).ToHaveCountAsync(1);
        await AssertHarmlessAsync(page);

        await GoToAsync(page, "Out");
        foreach (var table in (string[])["Queues", "Bridges", "Event sources"])
            await Assertions.Expect(page.GetByRole(AriaRole.Table, new() { Name = table, Exact = true })).ToContainTextAsync(NameShown);

        await page.GetByRole(AriaRole.Button, new() { Name = "End <img" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(NameShown);
        await AssertHarmlessAsync(page);
    }

    [Fact]
    public async Task Payloads_of_a_megabyte_and_numbers_that_are_none_leave_every_view_usable()
    {
        // Of 1,048,576 bytes a packet would be too large for the connection.
        const int Megabyte = 1_000_000;
        var digits = new string('7', 10_000);
        var page = await OpenAsync("/#/messages");
        await Broker.PublishFileAsync("odd/large/text", await FileOfAsync(Repeated($"{Markup}\u202E ", Megabyte)));
        await Broker.PublishFileAsync("odd/large/json", await FileOfAsync(Encoding.UTF8.GetBytes($$"""{"value":1,"filler":"{{new string('x', Megabyte)}}"}""")));
        await Broker.PublishFileAsync("odd/large/list", await FileOfAsync(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", Megabyte / 2))}]")));
        await Broker.PublishAsync("odd/digits", $$"""{"huge":{{digits}},"fine":0.{{digits}},"small":-{{digits}}e-20000,"text":"{{digits}}"}""");
        await Broker.PublishAsync("odd/nan", "NaN");
        await Broker.PublishAsync("odd/nan/json", """{"value":NaN}""");
        await Broker.PublishAsync("odd/infinite", """{"value":1e999}""");
        await Broker.PublishFileAsync("odd/controls", await FileOfAsync("bell\a nul\0 escape\u001b[31m del\u007f line\u2028"u8.ToArray()));
        await Broker.PublishAsync("odd/escapes", """{"value":"bell\u0007 nul\u0000 escape\u001b[31m"}""");
        await Broker.PublishAsync("odd/empty", "");

        await Assertions.Expect(Message(page, "odd/")).ToHaveCountAsync(10);
        await Assertions.Expect(Message(page, "odd/large/text")).ToContainTextAsync("Only the beginning of 1 MB is kept.");
        await Assertions.Expect(Message(page, "odd/large/list")).ToContainTextAsync("1 MB");
        await Assertions.Expect(Message(page, "odd/controls")).ToContainTextAsync("bell␇ nul␀ escape␛[31m del␡ line‹U+2028›");
        await Assertions.Expect(Message(page, "odd/escapes")).ToContainTextAsync("""bell\u0007 nul\u0000""");
        await Message(page, "odd/large/json").GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await Message(page, "odd/digits").GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await AssertHarmlessAsync(page);

        await GoToAsync(page, "Signals");
        await page.GetByLabel("Search for signals").FillAsync("odd");
        await Assertions.Expect(Row(page, "escapes")).ToContainTextAsync("bell␇ nul␀ escape␛[31m");
        await Assertions.Expect(Row(page, "fine")).ToContainTextAsync("0.777778");
        foreach (var signal in (string[])["fine", "escapes", "controls", "infinite"]) await Row(page, signal).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Pane 1", Exact = true }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(4);
        await AssertHarmlessAsync(page);

        await GoToAsync(page, "Connections");
        await page.GetByRole(AriaRole.Button, new() { Name = "Details" }).ClickAsync();
        await Assertions.Expect(page.GetByText("What happened")).ToBeVisibleAsync();
        await AssertHarmlessAsync(page);
        await GoToAsync(page, "Out");
        await AssertHarmlessAsync(page);

        // Everything goes on.
        await Broker.PublishAsync("odd/digits", """{"fine":42}""");
        await GoToAsync(page, "Signals");
        await page.GetByLabel("Search for signals").FillAsync("odd fine");
        await Assertions.Expect(Row(page, "fine")).ToContainTextAsync("42");
    }

    [Fact]
    public async Task A_topic_of_ten_thousand_levels_is_published_by_hand_and_listed_in_and_out()
    {
        var topic = string.Join('/', Enumerable.Repeat("level", 10_000));
        // mosquitto takes 200 levels at most.
        using (var answer = await Agent.Http.PutAsJsonAsync("/api/built-in-broker", new { enabled = true, port = 0 }, Cancel)) answer.EnsureSuccessStatusCode();
        await Agent.WaitForStatusAsync("built-in-broker", "connected");
        var address = new Uri((string)(await Agent.GetAsync("/api/built-in-broker"))["state"]!["address"]!);
        await using (var publisher = CommandProcess.Start("mosquitto_pub", ["-h", address.Host, "-p", $"{address.Port}", "-q", "1", "-t", topic, "-m", "in"])) Assert.Equal(0, await publisher.WaitForExitAsync());
        var page = await OpenAsync("/#/out");
        var form = page.GetByRole(AriaRole.Region, new() { Name = "Publish by hand" });

        await form.GetByLabel("Connection").SelectOptionAsync("built-in-broker");
        await form.GetByLabel("Topic").FillAsync(topic);
        await form.GetByLabel("Payload", new() { Exact = true }).FillAsync("out");
        await form.GetByRole(AriaRole.Button, new() { Name = "Publish" }).ClickAsync();
        await Assertions.Expect(form.GetByRole(AriaRole.Status)).ToContainTextAsync("is stored and published");
        await AssertHarmlessAsync(page);

        await GoToAsync(page, "Messages");
        await Assertions.Expect(Message(page, "level/level/level")).ToHaveCountAsync(2);
        await page.GetByLabel("Topic filter").FillAsync("level/+/level/#");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("match="));
        await Assertions.Expect(Message(page, "level/level/level")).ToHaveCountAsync(2);
        await page.GetByLabel("Source").SelectOptionAsync("MQTT");
        await Assertions.Expect(Message(page, "level/level/level")).ToHaveCountAsync(1);
        await Assertions.Expect(Message(page, "level/level/level").Locator("pre")).ToHaveTextAsync("in");
        await AssertHarmlessAsync(page);
        await GoToAsync(page, "Connections");
        await Assertions.Expect(page.GetByRole(AriaRole.Article)).ToHaveCountAsync(2);
        await AssertHarmlessAsync(page);
    }

    private static ILocator Message(IPage page, string text) => page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Listitem).Filter(new() { HasText = text });

    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.Treegrid).GetByRole(AriaRole.Row).Filter(new() { HasText = name });

    private static async Task GoToAsync(IPage page, string view)
    {
        await page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = view }).ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync($"{view} – Plotune MQTT");
    }

    /// <summary>Nothing was run, nothing became an element of its own, and nothing makes the page wider than the screen or a phone. What else goes wrong is on the console, and fails the test at its end.</summary>
    private static async Task AssertHarmlessAsync(IPage page)
    {
        Assert.False(await page.EvaluateAsync<bool>("() => 'wasRun' in window"), "A script was run.");
        await Assertions.Expect(page.Locator("main img, main script, main iframe, dialog img")).ToHaveCountAsync(0);
        var size = page.ViewportSize!;
        foreach (var width in (int[])[360, size.Width])
        {
            await page.SetViewportSizeAsync(width, size.Height);
            await page.WaitForFunctionAsync("width => innerWidth === width && document.documentElement.scrollWidth <= width", width);
        }
    }

    /// <summary>As often as it fits into so many bytes.</summary>
    private static byte[] Repeated(string text, int bytes) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, bytes / Encoding.UTF8.GetByteCount(text))));

    private async Task<string> FileOfAsync(byte[] bytes)
    {
        var file = Path.Combine(NewFolder("payloads"), "payload");
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        return file;
    }
}
