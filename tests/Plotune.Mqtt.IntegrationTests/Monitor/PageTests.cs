using Microsoft.Playwright;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The page itself, whatever it shows.</summary>
public sealed class PageTests(BrowserFixture browser) : MonitorTest(browser)
{
    [Fact]
    public async Task The_page_opens_and_does_nothing_that_it_must_not()
    {
        var page = await OpenAsync();

        await Assertions.Expect(page).ToHaveTitleAsync("Connections – Plotune MQTT");
        await AssertAccessibleAsync(page);
    }

    [Fact]
    public async Task An_agent_that_was_killed_and_started_again_serves_its_page_at_the_same_address()
    {
        var page = await OpenAsync();
        Faults.Expect("net::ERR_");
        Faults.Expect("WebSocket");

        await RestartAgentAsync();
        await page.ReloadAsync();

        await Assertions.Expect(page).ToHaveTitleAsync("Connections – Plotune MQTT");
    }

    [Fact]
    public async Task The_page_says_that_the_agent_is_away_and_then_that_it_was_restarted_and_goes_on_live_by_itself()
    {
        var page = await OpenAsync();
        await page.MarkAsync();
        await Broker.PublishAsync("plant/speed", "1");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Received1");
        Faults.Expect("net::ERR_");
        Faults.Expect("WebSocket");

        await StopAgentAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The agent has been away since");
        await Assertions.Expect(page.GetByRole(AriaRole.Banner)).ToContainTextAsync("Agent away");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Received1");
        await AssertAccessibleAsync(page);

        await StartAgentAgainAsync();
        await Assertions.Expect(page.GetByText("The agent was restarted at")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Banner)).ToContainTextAsync("Live");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await Agent.WaitForStatusAsync(ConnectionName, "connected");
        await Broker.PublishAsync("plant/speed", ["2", "3"]);
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Received2");
        await page.Button("Close").ClickAsync();
        await Assertions.Expect(page.GetByText("The agent was restarted at")).ToHaveCountAsync(0);
        Assert.True(await page.IsAsOpenedAsync());
    }

    [Fact]
    public async Task Views_forms_and_dialogs_are_reached_and_used_by_the_keyboard_alone()
    {
        var page = await OpenAsync();
        await Assertions.Expect(page.Connection(ConnectionName)).ToBeVisibleAsync();

        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "To the content" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToBeFocusedAsync();

        await page.ReloadAsync();
        await Assertions.Expect(page.Connection(ConnectionName)).ToBeVisibleAsync();
        foreach (var view in new[] { "Signals", "Messages", "Out", "Connections" })
        {
            await TabToAsync(page, page.View(view));
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page).ToHaveTitleAsync($"{view} – Plotune MQTT");
        }

        // Escape closes and gives the focus back, and so does adding.
        await TabToAsync(page, page.Button("Add a connection"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.OpenDialog().Labelled("Broker")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.OpenDialog()).ToHaveCountAsync(0);
        await Assertions.Expect(page.Button("Add a connection")).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.OpenDialog().Labelled("Broker")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync($"mqtt://127.0.0.1:{Broker.Port}");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.OpenDialog().Labelled("Name")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("by keyboard");
        await TabToAsync(page, page.OpenDialog().Button("Add"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.OpenDialog()).ToHaveCountAsync(0);
        await Assertions.Expect(page.Button("Add a connection")).ToBeFocusedAsync();
        var card = page.Connection("by keyboard");
        await Assertions.Expect(card).ToContainTextAsync("Connected");

        // The focus stays in an open dialog. The steps of what was just removed may be asked for once more.
        Faults.Expect("/diagnosis");
        await TabToAsync(page, card.Button("Remove"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.OpenDialog().Button("Cancel")).ToBeFocusedAsync();
        await TabToAsync(page, page.OpenDialog().Button("Remove"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(card).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task On_a_phone_no_view_and_no_dialog_is_wider_than_the_screen()
    {
        var name = $"{new string('n', 110)} plant";
        await Agent.AddConnectionAsync(name, Broker.Port, new { host = $"{new string('h', 60)}.{new string('o', 60)}.invalid", topics = new[] { new { filter = new string('f', 300), qos = 1 } } });
        await Broker.PublishAsync($"plant/{new string('t', 300)}", $$"""{"text":"{{new string('x', 3000)}}"}""");
        var page = await OpenAsync("/", new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true });

        var card = page.Connection(name);
        await Assertions.Expect(card).ToContainTextAsync("Waiting to retry");
        await Assertions.Expect(card.GetByRole(AriaRole.List, new() { Name = "Steps" }).GetByRole(AriaRole.Listitem).First).ToBeVisibleAsync();
        await card.Button("Details").ClickAsync();
        await page.Connection(ConnectionName).Button("Details").ClickAsync();
        await Assertions.Expect(page.GetByText("What happened").First).ToBeVisibleAsync();
        Assert.False(await page.IsWiderThanItsWindowAsync());

        await card.Button("Edit").ClickAsync();
        await Assertions.Expect(page.OpenDialog()).ToBeVisibleAsync();
        await page.EvaluateAsync("() => document.querySelectorAll('dialog details').forEach(details => { details.open = true; })");
        await page.OpenDialog().GetByLabel("Connect through a proxy").CheckAsync();
        await page.OpenDialog().GetByLabel("The broker publishes a message when the agent is lost").CheckAsync();
        await page.OpenDialog().Button("Add a header").ClickAsync();
        Assert.False(await page.EvaluateAsync<bool>("() => [document.querySelector('dialog'), document.querySelector('.dialog-body')].some(element => element.scrollWidth > element.clientWidth)"));
        await page.OpenDialog().Button("Cancel").ClickAsync();

        foreach (var (view, content) in new[] { ("Signals", "ttt"), ("Messages", "ttt"), ("Out", "Built-in broker") })
        {
            await page.View(view).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync(content);
            Assert.False(await page.IsWiderThanItsWindowAsync(), $"{view} is wider than the screen.");
        }
    }

    [Fact]
    public async Task The_policy_is_in_force_and_script_that_got_into_the_page_is_not_run()
    {
        var page = await NewPageAsync();
        var answer = await page.GotoAsync("/");
        var policy = await answer!.HeaderValueAsync("content-security-policy");
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", await answer.HeaderValueAsync("x-content-type-options"));
        await Assertions.Expect(page.Connection(ConnectionName)).ToBeVisibleAsync();
        Faults.Expect("policy: script-src");
        Faults.Expect("Content Security Policy");

        // As if a payload had found its way into the markup after all.
        await page.EvaluateAsync(
            """
            async () => {
              const script = document.createElement('script');
              script.text = 'window.wasRun = "script"';
              document.body.append(script);
              const place = document.createElement('div');
              const denied = new Promise(resolve => document.addEventListener('securitypolicyviolation', event => event.effectiveDirective === 'script-src-attr' && resolve()));
              place.innerHTML = '<img src="data:," onerror="window.wasRun = \'handler\'">';
              document.body.append(place);
              await denied;
              try { (0, eval)('window.wasRun = "eval"'); } catch {}
            }
            """);

        Assert.Null(await page.EvaluateAsync<string?>("() => window.wasRun ?? null"));
    }

    [Fact]
    public async Task Names_of_connections_are_never_markup()
    {
        const string Name = "<img src=x onerror=alert(1)>";
        await Agent.AddConnectionAsync(Uri.EscapeDataString(Name), Broker.Port);
        var page = await OpenAsync();

        await page.Connection(Name).Button("Details").ClickAsync();
        await page.Connection(Name).Button("Edit").ClickAsync();

        await Assertions.Expect(page.OpenDialog().GetByRole(AriaRole.Heading)).ToHaveTextAsync($"Edit {Name}");
        await Assertions.Expect(page.Locator("main img")).ToHaveCountAsync(0);
    }

    /// <summary>Presses Tab until it is there, as a person without a mouse does.</summary>
    private static async Task TabToAsync(IPage page, ILocator target)
    {
        await Assertions.Expect(target).ToBeVisibleAsync();
        for (var press = 0; press < 100; press++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{target} is not reached by the keyboard.");
    }
}
