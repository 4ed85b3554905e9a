using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The view of the signals by what a person does and sees. What a canvas shows is checked by the points that can be saved from it.</summary>
public sealed class SignalsViewTests(BrowserFixture browser) : MonitorTest(browser)
{
    [Fact]
    public async Task The_tree_shows_each_signal_with_its_newest_value_and_unit_and_marks_what_is_retained()
    {
        await Broker.PublishAsync("plant/line1/temperature", """{"value":21.5,"unit":"°C"}""", retain: true);
        var page = await OpenAsync("/#/signals");

        await Broker.PublishAsync("plant/line1/motor", """{"speed":1200,"on":true,"mode":"idle"}""");

        await Assertions.Expect(Row(page, "temperature")).ToContainTextAsync("21.5°C");
        await Assertions.Expect(Row(page, "speed")).ToContainTextAsync("1200");
        await Assertions.Expect(Row(page, "on")).ToContainTextAsync("true");
        await Assertions.Expect(Row(page, "mode")).ToContainTextAsync("idle");
        await Assertions.Expect(Row(page, "speed")).Not.ToContainTextAsync("retained");

        await Broker.PublishAsync("plant/line1/motor", """{"speed":1300}""");

        await Assertions.Expect(Row(page, "speed")).ToContainTextAsync("1300");
    }

    [Fact]
    public async Task A_retained_value_is_marked_until_a_live_one_comes()
    {
        await Broker.PublishAsync("plant/limit", "85", retain: true);
        await StopAgentAsync();
        await StartAgentAgainAsync();
        var page = await OpenAsync("/#/signals");
        await Assertions.Expect(Row(page, "limit")).ToContainTextAsync("retained");

        await Broker.PublishAsync("plant/limit", "90");

        await Assertions.Expect(Row(page, "limit")).ToContainTextAsync("90");
        await Assertions.Expect(Row(page, "limit")).Not.ToContainTextAsync("retained");
    }

    [Fact]
    public async Task What_is_plotted_is_in_the_address_and_comes_back_with_it()
    {
        await Broker.PublishAsync("plant/motor", """{"speed":1,"load":2,"mode":"idle"}""");
        var page = await OpenAsync("/#/signals");

        await Row(page, "speed").ClickAsync();
        await Row(page, "mode").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New pane" }).ClickAsync();
        await Row(page, "load").ClickAsync();
        await page.GetByLabel("Time seen").SelectOptionAsync("5 min");

        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"pane=plant_motor_speed,plant_motor_mode&pane=plant_motor_load&span=300$"));
        var bookmark = page.Url;
        var other = await OpenAsync(new Uri(bookmark).Fragment.Insert(0, "/"));
        await Assertions.Expect(Pane(other, 1).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        await Assertions.Expect(Pane(other, 2).GetByRole(AriaRole.Listitem)).ToContainTextAsync(["motor/load"]);

        await Broker.PublishAsync("plant/motor", """{"speed":3,"load":4,"mode":"running"}""");

        await Assertions.Expect(Pane(other, 1)).ToContainTextAsync("running");
        await Assertions.Expect(Pane(other, 2)).ToContainTextAsync("4");
        await AssertAccessibleAsync(other);
    }

    [Fact]
    public async Task A_signal_that_was_just_chosen_is_not_said_to_be_left_out()
    {
        await Broker.PublishAsync("plant/motor", """{"speed":1,"load":2}""");
        var page = await OpenAsync("/#/signals?pane=plant_motor_load");
        await Assertions.Expect(Pane(page, 1)).ToContainTextAsync("2");
        await page.EvaluateAsync("() => new MutationObserver(() => { window.wasSaid ||= document.body.innerText.includes('too long to be plotted'); }).observe(document.body, { childList: true, subtree: true, characterData: true })");

        await Row(page, "speed").ClickAsync();
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync([new Regex("load"), new Regex("speed.*1")]);

        Assert.False(await page.EvaluateAsync<bool>("() => !!window.wasSaid"));
    }

    [Fact]
    public async Task The_search_finds_as_one_types_and_everything_works_by_keyboard()
    {
        await Broker.PublishAsync("hall/line1/motor", """{"speed":1,"load":2}""");
        await Broker.PublishAsync("hall/line2/motor", """{"speed":3,"load":4}""");
        var page = await OpenAsync("/#/signals");
        await Assertions.Expect(Row(page, "line2/motor")).ToBeVisibleAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("LINE2*sp");
        await Assertions.Expect(page.GetByText("1 of 4")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync(["motor/speed"]);
        await page.GetByRole(AriaRole.Application).FocusAsync();
        await page.Keyboard.PressAsync(" ");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("end="));
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("end="));
    }

    [Fact]
    public async Task Saved_points_hold_every_extreme_however_fast_the_samples_came()
    {
        await Broker.PublishAsync("bench/force", "0");
        var page = await OpenAsync("/#/signals?pane=bench_force&span=3600");
        await Assertions.Expect(Pane(page, 1)).ToContainTextAsync("0");

        // Far more than the agent sends one by one: the two extremes are in the midst of them.
        await Broker.PublishAsync("bench/force", Enumerable.Range(0, 20_000).Select(i => i switch { 7_777 => "5000.5", 12_345 => "-4000.25", _ => $"{i % 100}" }).Append("42"));
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("42");

        await Eventually.ThatAsync("the saved points hold both extremes", async () =>
        {
            var points = (await SaveAsync(page, "CSV")).Split("\r\n").Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')).ToList();
            return points.Any(point => point[8] == "5000.5") && points.Any(point => point[7] == "-4000.25") && points.Count < 10_000;
        });
    }

    [Fact]
    public async Task Saved_points_of_odd_names_and_texts_are_whole_fields_and_no_formulas()
    {
        const string Topic = "plant/=odd \"a\",b/é";
        await Broker.PublishAsync(Topic, """{"value":-7.5,"unit":"@°C,"}""");
        await Broker.PublishAsync("plant/text", "=HYPERLINK(\"x\"),\r\nnext");
        var page = await OpenAsync("/#/signals");
        await Row(page, "-7.5").Last.ClickAsync();
        await Row(page, "HYPERLINK").Last.ClickAsync();
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync(["-7.5", "HYPERLINK"]);

        var rows = FieldsOf(await SaveAsync(page, "CSV"));

        Assert.Equal(["time", "seconds", "signal", "topic", "path", "unit", "value", "minimum", "maximum"], rows[0]);
        Assert.All(rows, row => Assert.Equal(9, row.Count));
        var number = Assert.Single(rows, row => row[3] == Topic);
        Assert.Equal(["", "'@°C,", "-7.5", "-7.5", "-7.5"], number[4..]);
        Assert.Equal(["", "", "'=HYPERLINK(\"x\"),\r\nnext", "", ""], Assert.Single(rows, row => row[3] == "plant/text")[4..]);
        Assert.Equal(DateTimeOffset.Parse(number[0], CultureInfo.InvariantCulture), DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(number[1], CultureInfo.InvariantCulture)), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task The_way_back_leads_through_the_views_as_they_were()
    {
        await Broker.PublishAsync("plant/a", "1");
        var page = await OpenAsync("/#/connections");
        await page.View("Signals").ClickAsync();
        await Row(page, "plant/a").Last.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("pane=plant_a"));
        await page.View("Messages").ClickAsync();
        await page.GetByLabel("Topic filter").FillAsync("plant/#");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("match=plant"));

        await page.GoBackAsync();
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("plant/a");
        await page.GoBackAsync();
        await Assertions.Expect(page.Connection(ConnectionName)).ToBeVisibleAsync();
        await page.GoForwardAsync();
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("plant/a");
        await page.GoForwardAsync();

        await Assertions.Expect(page.GetByLabel("Topic filter")).ToHaveValueAsync("plant/#");
    }

    [Fact]
    public async Task What_a_view_writes_into_the_address_late_does_not_take_the_place_of_the_next_view()
    {
        var page = await OpenAsync("/#/signals");
        await Assertions.Expect(page.GetByLabel("Search for signals")).ToBeVisibleAsync();

        // Before the browser has told of the new address.
        var address = await page.EvaluateAsync<string>("""
            async () => {
              const { route } = await import('/monitor/route.js');
              location.hash = '#/messages?match=a';
              route.go('#/signals?find=b', { replace: true });
              return location.hash;
            }
            """);

        Assert.Equal("#/messages?match=a", address);
        await Assertions.Expect(page.GetByLabel("Topic filter")).ToHaveValueAsync("a");
    }

    [Fact]
    public async Task What_is_seen_can_be_saved_as_a_picture()
    {
        await Broker.PublishAsync("plant/a", "1");
        var page = await OpenAsync("/#/signals?pane=plant_a");
        await Assertions.Expect(Pane(page, 1)).ToContainTextAsync("1");

        var picture = await SaveAsync(page, "PNG");

        Assert.Contains("PNG", picture[..8], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_and_texts_are_never_markup_and_cannot_turn_the_page_around()
    {
        const string Markup = "<img src=x onerror=alert(1)>";
        await Broker.PublishAsync($"evil/{Markup}", $$"""{"{{Markup}}":"{{Markup}}\u202etxt"}""");
        await Broker.PublishAsync("evil/\u202Efdp.exe", "1");
        var page = await OpenAsync("/#/signals");

        await Row(page, Markup).Last.ClickAsync();

        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync(Markup);
        await Assertions.Expect(Row(page, "‹U+202E›fdp.exe")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main img")).ToHaveCountAsync(0);
        Assert.False(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"));
    }

    [Fact]
    public async Task A_topic_of_ten_thousand_levels_is_one_row_and_can_be_plotted()
    {
        // mosquitto takes 200 levels at most.
        using (var answer = await Agent.Http.PutAsJsonAsync("/api/built-in-broker", new { enabled = true, port = 0 }, TestContext.Current.CancellationToken)) answer.EnsureSuccessStatusCode();
        await Agent.WaitForStatusAsync("built-in-broker", "connected");
        var address = new Uri((string)(await Agent.GetAsync("/api/built-in-broker"))["state"]!["address"]!);
        await using (var publisher = CommandProcess.Start("mosquitto_pub", ["-h", address.Host, "-p", $"{address.Port}", "-q", "1", "-t", string.Join('/', Enumerable.Repeat("level", 10_000)), "-m", "7"]))
        {
            Assert.Equal(0, await publisher.WaitForExitAsync());
        }

        var page = await OpenAsync("/#/signals");
        await Row(page, "10,000 levels").ClickAsync();

        await Assertions.Expect(Row(page, "10,000 levels")).ToContainTextAsync("7");
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("7");
    }

    [Fact]
    public async Task Twenty_thousand_signals_are_searched_walked_through_and_plotted()
    {
        for (var part = 0; part < 20; part++)
        {
            await Broker.PublishAsync($"many/part{part}", "{" + string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"s{i}\":{i}")) + "}");
        }

        var page = await OpenAsync("/#/signals");
        await Assertions.Expect(page.GetByRole(AriaRole.Status).GetByText("20,000")).ToBeVisibleAsync();

        await page.GetByLabel("Search for signals").FillAsync("part7 s99*");
        await Assertions.Expect(page.GetByText("11 of 20,000")).ToBeVisibleAsync();
        await page.GetByLabel("Search for signals").FillAsync("part");
        await Assertions.Expect(page.GetByText("20,000 of 20,000")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Treegrid).FocusAsync();
        await page.Keyboard.PressAsync("End");

        await Assertions.Expect(Row(page, "s999")).ToContainTextAsync("999");
        Assert.True(await page.GetByRole(AriaRole.Row).CountAsync() < 100, "Only what is seen is in the page.");

        await page.GetByLabel("Search for signals").FillAsync("part7 s998");
        await page.GetByRole(AriaRole.Treegrid).Locator("[title*='many_part7_s998']").ClickAsync();
        await Broker.PublishAsync("many/part7", """{"s998":123456}""");
        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("123456");
    }

    [Fact]
    public async Task Only_numbers_of_two_scales_take_the_room_of_a_second_axis()
    {
        await Broker.PublishAsync("plant/motor", """{"speed":1,"mode":"idle","on":true}""");
        await Broker.PublishAsync("plant/oil", """{"value":60,"unit":"°C"}""");
        var page = await OpenAsync("/#/signals?pane=plant_motor_speed");
        await Assertions.Expect(Row(page, "mode")).ToBeVisibleAsync();
        await page.Locator(".u-over").WaitForAsync();
        var width = await WidthAsync();

        await Row(page, "mode").ClickAsync();
        await Row(page, "on").ClickAsync();
        await Assertions.Expect(page.Locator(".legend-list li")).ToHaveCountAsync(3);
        Assert.Equal(width, await WidthAsync());

        await Row(page, "oil").ClickAsync();
        await Assertions.Expect(page.Locator(".legend-list li")).ToHaveCountAsync(4);
        Assert.True(await WidthAsync() < width);

        Task<double> WidthAsync() => page.Locator(".u-over").EvaluateAsync<double>("over => over.clientWidth");
    }

    [Fact]
    public async Task A_pane_to_which_nothing_comes_keeps_up_with_the_others()
    {
        var page = await OpenAsync("/#/connections");

        // Frame by frame: one pane has always something new, the other never.
        var behind = await page.EvaluateAsync<double>("""
            async () => {
              const { Plotter } = await import('/monitor/signals/plotter.js');
              const plotter = new Plotter(60, null);
              const pane = () => ({ columnCount: 400, isDue: true, isUrgent: false, drawnAt: -Infinity, traces: [{ curve: { key: '', firstTime: NaN, interrupt() {} } }], edge: NaN, fitScales() {}, draw(edge) { [this.edge, this.isDue] = [edge, false]; } });
              const [busy, idle] = [pane(), pane()];
              plotter.addPane(busy);
              plotter.addPane(idle);
              let most = 0;
              for (let frame = 0; frame < 60; frame++) {
                busy.isDue = true;
                plotter.readout();
                await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
                most = Math.max(most, busy.edge - idle.edge);
              }
              plotter.removePane(busy);
              plotter.removePane(idle);
              return most / (60 / 400);
            }
            """);

        // A pixel, and what a frame may come late by.
        Assert.InRange(behind, 0, 2);
    }

    [Fact]
    public async Task After_a_restart_of_the_agent_the_plot_goes_on_with_a_gap()
    {
        await Broker.PublishAsync("plant/level", "1");
        var page = await OpenAsync("/#/signals?pane=plant_level&span=3600");
        await Assertions.Expect(Pane(page, 1)).ToContainTextAsync("1");
        Faults.Expect("ERR_CONNECTION_REFUSED");
        Faults.Expect("WebSocket");

        await RestartAgentAsync();
        await Agent.WaitForStatusAsync(ConnectionName, "connected");
        await Assertions.Expect(page.GetByText("The agent was restarted")).ToBeVisibleAsync();
        await Broker.PublishAsync("plant/level", "2");

        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToContainTextAsync("2");
        await Eventually.ThatAsync("both values are there, with a gap between them", async () =>
        {
            var values = (await SaveAsync(page, "CSV")).Split("\r\n").Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')[6]);
            return values.SequenceEqual(["1", "", "2"]);
        });
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_view_has_no_fault_that_axe_finds(ColorScheme scheme)
    {
        await Broker.PublishAsync("plant/motor", """{"speed":1,"load":2,"mode":"idle"}""");
        var page = await OpenAsync("/#/signals", new() { ColorScheme = scheme });
        await Assertions.Expect(Row(page, "speed")).ToBeVisibleAsync();
        await AssertAccessibleAsync(page);

        await Row(page, "speed").ClickAsync();
        await Row(page, "mode").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await AssertAccessibleAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Scale of motor/speed" }).ClickAsync();
        await page.GetByLabel("Fixed").CheckAsync();
        await AssertAccessibleAsync(page);
    }

    [Fact]
    public async Task On_a_phone_nothing_makes_the_page_wider_than_the_screen()
    {
        await Broker.PublishAsync($"plant/{new string('x', 300)}", """{"speed":1,"mode":"a rather long text that says in which of its many modes the machine is"}""");
        var page = await OpenAsync("/#/signals", new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true });

        await Row(page, "speed").ClickAsync();
        await Row(page, "mode").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New pane" }).ClickAsync();

        await Assertions.Expect(Pane(page, 1).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        Assert.False(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"));
    }

    /// <summary>The row of the tree whose text has that name.</summary>
    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.Treegrid).GetByRole(AriaRole.Row).Filter(new() { HasText = name });

    private static ILocator Pane(IPage page, int number) => page.GetByRole(AriaRole.Region, new() { Name = $"Pane {number}", Exact = true });

    /// <summary>RFC 4180.</summary>
    private static List<List<string>> FieldsOf(string csv)
    {
        var rows = new List<List<string>> { new() };
        foreach (Match field in Regex.Matches(csv, "(?:\"((?:[^\"]|\"\")*)\"|([^,\r\n]*))(,|\r\n)"))
        {
            rows[^1].Add(field.Groups[1].Success ? field.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : field.Groups[2].Value);
            if (field.Groups[3].Value != ",") rows.Add([]);
        }

        Assert.Empty(rows[^1]);
        return rows[..^1];
    }

    private static async Task<string> SaveAsync(IPage page, string button)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync());
        return await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
    }
}
