using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>Connections are made, changed and ended through the page, with the agent's own validation at each field.</summary>
public sealed class ConnectionsViewTests(BrowserFixture browser) : MonitorTest(browser)
{
    [Fact]
    public async Task The_first_start_asks_for_an_address_alone_which_can_be_tested_first_and_is_connected_then()
    {
        var page = await OpenAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Which broker?" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Button("Connect")).ToBeDisabledAsync();
        Faults.Expect("status of 422");

        await page.GetByLabel("Address").FillAsync("no such host");
        await page.Button("Connect").ClickAsync();
        await Assertions.Expect(page.GetByLabel("Address")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(page.GetByLabel("Address")).ToHaveAccessibleDescriptionAsync(new Regex("must not contain spaces"));

        await page.GetByLabel("Address").FillAsync($"mqtt://127.0.0.1:{Broker.Port}/plant/%23");
        await page.GetByRole(AriaRole.Main).TestUntilAsync("plant/# QoS 1");
        await Assertions.Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "plant/# QoS 1" })).ToContainTextAsync("MQTT 5.0");
        Assert.Empty((await Agent.GetAsync("/api/connections"))["connections"]!.AsArray());

        await page.Button("Connect").ClickAsync();
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Connected");
        await Broker.PublishAsync("plant/speed", "1");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Received1");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Signals1");
    }

    [Fact]
    public async Task What_was_typed_at_the_first_start_goes_along_to_all_settings()
    {
        var page = await OpenAsync();

        await page.GetByLabel("Address").FillAsync("plant.invalid:1884");
        await page.Button("All settings").ClickAsync();

        await Assertions.Expect(page.OpenDialog().Labelled("Broker")).ToHaveValueAsync("plant.invalid:1884");
        await Assertions.Expect(page.OpenDialog().Labelled("Broker")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_connection_is_added_tested_changed_paused_and_removed()
    {
        await Agent.AddConnectionAsync("first", Broker.Port);
        var page = await OpenAsync();

        await page.Button("Add a connection").ClickAsync();
        var dialog = page.OpenDialog();
        await dialog.Labelled("Broker").FillAsync("127.0.0.1");
        await dialog.Labelled("Port").FillAsync($"{Broker.Port}");
        await dialog.Labelled("Name").FillAsync("line 1/é");
        await dialog.Labelled("Topic filter 1").FillAsync("plant/a");
        await dialog.Button("Add a topic filter").ClickAsync();
        await dialog.Labelled("Topic filter 2").FillAsync("plant/b");
        await dialog.TestUntilAsync("plant/b QoS 1");
        await dialog.Button("Add").ClickAsync();

        var card = page.Connection("line 1/é");
        await Assertions.Expect(card).ToContainTextAsync("Connected");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(["plant/a", "plant/b"], (await StoredAsync("line 1/é"))!["topics"]!.AsArray().Select(topic => (string?)topic!["filter"]));

        await card.Button("Test").ClickAsync();
        await dialog.TestUntilAsync("plant/a QoS 1");
        await dialog.Button("Close").Last.ClickAsync();

        await card.Button("Edit").ClickAsync();
        await dialog.Button("Remove topic filter 1").ClickAsync();
        await dialog.Labelled("Topic filter 1").FillAsync("plant/c");
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(["plant/c"], (await StoredAsync("line 1/é"))!["topics"]!.AsArray().Select(topic => (string?)topic!["filter"]));

        await card.Button("Pause").ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync("Paused");
        Assert.Equal("disabled", (string?)(await StoredAsync("line 1/é"))!["state"]!["status"]);
        await card.Button("Go on").ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync("Connected");

        await card.Button("Remove").ClickAsync();
        await dialog.Button("Cancel").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.NotNull(await StoredAsync("line 1/é"));
        // Nobody asks for the steps of what was just removed: that would be an error in the console.
        await Assertions.Expect(card.Locator(".step").First).ToBeVisibleAsync();
        await card.Button("Remove").ClickAsync();
        await dialog.Button("Remove").ClickAsync();
        await Assertions.Expect(card).ToHaveCountAsync(0);
        Assert.Null(await StoredAsync("line 1/é"));
        await Assertions.Expect(page.Connection("first")).ToContainTextAsync("Connected");
    }

    [Fact]
    public async Task A_new_connection_never_replaces_one_that_is_there()
    {
        await Agent.AddConnectionAsync(ConnectionName, Broker.Port, new { topics = new[] { new { filter = "kept/#", qos = 2 } } });
        var page = await OpenAsync();
        await page.Button("Add a connection").ClickAsync();
        var dialog = page.OpenDialog();

        await dialog.Labelled("Broker").FillAsync(ConnectionName);
        await dialog.Button("Add").ClickAsync();

        await Assertions.Expect(dialog.Labelled("Name")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(dialog.Labelled("Name")).ToHaveAccessibleDescriptionAsync(new Regex("already"));
        Assert.Equal("kept/#", (string?)(await StoredAsync(ConnectionName))!["topics"]![0]!["filter"]);
        await dialog.Labelled("Name").FillAsync("second");
        await dialog.Button("Add").ClickAsync();
        await Assertions.Expect(page.Connection("second")).ToContainTextAsync("Connected");
    }

    [Fact]
    public async Task Each_fault_stands_at_its_field_in_a_part_of_the_form_that_opens_and_nothing_is_stored()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port);
        var page = await OpenAsync();
        await page.Connection("plant").Button("Edit").ClickAsync();
        var dialog = page.OpenDialog();
        Faults.Expect("status of 422");

        await FillWithFaultsAsync(dialog);
        await dialog.Button("Save").ClickAsync();

        await Assertions.Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing is changed yet");
        await Assertions.Expect(dialog.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(6);
        foreach (var (label, message) in new[]
        {
            ("Port", "from 1 to 65535"), ("Topic filter 1", "#"), ("Name expected in the certificate", "name"), ("Keep alive, s", "from 0 to 65535"), ("Topic", "+"), ("Header 1", "header"),
        })
        {
            await Assertions.Expect(dialog.Labelled(label)).ToBeVisibleAsync();
            await Assertions.Expect(dialog.Labelled(label)).ToHaveAttributeAsync("aria-invalid", "true");
            await Assertions.Expect(dialog.Labelled(label)).ToHaveAccessibleDescriptionAsync(new Regex(Regex.Escape(message)));
        }

        await Assertions.Expect(dialog.Locator("[aria-invalid]")).ToHaveCountAsync(6);
        await Assertions.Expect(dialog.Labelled("Port")).ToBeFocusedAsync();
        Assert.Equal(Broker.Port, (int)(await StoredAsync("plant"))!["port"]!);

        await dialog.Labelled("Port").FillAsync($"{Broker.Port}");
        await dialog.Labelled("Topic filter 1").FillAsync("a/#");
        await dialog.Labelled("Name expected in the certificate").FillAsync("");
        await dialog.Labelled("Keep alive, s").FillAsync("30");
        await dialog.Labelled("Topic").FillAsync("agent/lost");
        await dialog.Button("Remove header 1").ClickAsync();
        await dialog.Button("Save").ClickAsync();

        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        var stored = await StoredAsync("plant");
        Assert.Equal("30 a/# agent/lost", $"{stored!["keepAlive"]} {stored["topics"]![0]!["filter"]} {stored["will"]!["topic"]}");
    }

    [Fact]
    public async Task A_part_of_the_form_stays_open_while_one_types_in_it_and_opens_for_a_fault_though_it_was_closed()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port);
        var page = await OpenAsync();
        await page.Connection("plant").Button("Edit").ClickAsync();
        var dialog = page.OpenDialog();
        Faults.Expect("status of 422");

        await dialog.ToggleAsync("User and password");
        await dialog.Labelled("User name").FillAsync("a");
        await dialog.Labelled("User name").FillAsync("");
        await Assertions.Expect(dialog.Labelled("User name")).ToBeFocusedAsync();
        await dialog.ToggleAsync("Will");
        await dialog.GetByLabel("The broker publishes a message when the agent is lost").CheckAsync();
        await dialog.Labelled("Topic").FillAsync("a/+");
        await dialog.ToggleAsync("Will");
        await Assertions.Expect(dialog.Labelled("Topic")).ToBeHiddenAsync();
        await dialog.Button("Save").ClickAsync();

        await Assertions.Expect(dialog.Labelled("Topic")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_row_that_stays_keeps_what_was_typed_into_it_and_nothing_of_the_row_that_went()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port, new { headers = new Dictionary<string, string> { ["First"] = "stored" } });
        var page = await OpenAsync();
        await page.Connection("plant").Button("Edit").ClickAsync();
        var dialog = page.OpenDialog();
        await dialog.Button("Add a header").ClickAsync();
        await dialog.Labelled("Header 2").FillAsync("Second");
        await dialog.Labelled("Value").Last.FillAsync("typed");

        await dialog.Button("Remove header 1").ClickAsync();

        await Assertions.Expect(dialog.Labelled("Header 1")).ToHaveValueAsync("Second");
        await Assertions.Expect(dialog.Labelled("Value")).ToHaveValueAsync("typed");
        // What is new has nothing stored that could be kept.
        await Assertions.Expect(dialog.Button("Remove Value")).ToHaveCountAsync(0);
        await dialog.Labelled("Value").FillAsync("");
        await Assertions.Expect(dialog.Labelled("Value")).Not.ToHaveAttributeAsync("placeholder", new Regex("stored"));
    }

    [Fact]
    public async Task The_form_with_faults_in_it_has_none_that_axe_finds()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port);
        var page = await OpenAsync();
        await page.Connection("plant").Button("Edit").ClickAsync();
        Faults.Expect("status of 422");

        await FillWithFaultsAsync(page.OpenDialog());
        await page.OpenDialog().Button("Save").ClickAsync();
        await Assertions.Expect(page.OpenDialog().Locator("[aria-invalid]")).ToHaveCountAsync(6);

        await AssertAccessibleLightAndDarkAsync(page);
    }

    private protected override Task<AgentProcess> StartAgentAsync() => AgentProcess.StartAsync(DataFolder, "--standalone");

    /// <summary>One fault in each part of the form, which is closed again.</summary>
    private static async Task FillWithFaultsAsync(ILocator dialog)
    {
        await dialog.Labelled("Port").FillAsync("70000");
        await dialog.Labelled("Topic filter 1").FillAsync("a/#/b");
        await InAsync("TLS and certificates", () => dialog.Labelled("Name expected in the certificate").FillAsync("no name"));
        await InAsync("Session", () => dialog.Labelled("Keep alive, s").FillAsync("soon"));
        await InAsync("Will", async () =>
        {
            await dialog.GetByLabel("The broker publishes a message when the agent is lost").CheckAsync();
            await dialog.Labelled("Topic").FillAsync("a/+");
        });
        await InAsync("Headers of the WebSocket", async () =>
        {
            await dialog.Button("Add a header").ClickAsync();
            await dialog.Labelled("Header 1").FillAsync("no header");
        });

        async Task InAsync(string section, Func<Task> fill)
        {
            await dialog.ToggleAsync(section);
            await fill();
            await dialog.ToggleAsync(section);
        }
    }

    private async Task<JsonNode?> StoredAsync(string name) =>
        (await Agent.GetAsync("/api/connections"))["connections"]!.AsArray().SingleOrDefault(connection => (string?)connection!["name"] == name);
}
