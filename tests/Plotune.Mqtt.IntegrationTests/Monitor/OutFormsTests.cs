using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>Event sources, bridges and the built-in broker are set up through the page, with the agent's own validation at each field.</summary>
public sealed class OutFormsTests(BrowserFixture browser) : MonitorTest(browser)
{
    private const string Password = "s3cret-Pa55word";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_source_is_added_tested_and_changed_and_its_password_is_never_shown()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var client = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},allowAdmin=true");
        await client.GetServers()[0].ConfigSetAsync("requirepass", Password);
        await using var record = await SubscriberRecord.StartAsync(Broker, "#");
        var page = await OpenAsync("/#/out");
        var dialog = page.OpenDialog();

        await page.Button("Add an event source").ClickAsync();
        await dialog.Labelled("Name").FillAsync("nemo");
        await dialog.Labelled("Port").FillAsync($"{redis.Port}");
        await dialog.ToggleAsync("User and password");
        await dialog.Labelled("Password").FillAsync("wrong");
        await Assertions.Expect(dialog.Labelled(ConnectionName)).ToBeCheckedAsync();
        await dialog.Labelled("Put before every topic").FillAsync("lab");
        await dialog.ToggleAsync("Other topics for some events");
        await dialog.Button("Add a rule").ClickAsync();
        await dialog.Labelled("Topic filter 1").FillAsync("nemo/+/on");
        await dialog.Labelled("Topic instead").FillAsync("displays/+/lit");
        await dialog.ToggleAsync("Kinds of events");
        await dialog.Button("Add a kind").ClickAsync();
        await dialog.Labelled("Kind 1").FillAsync("tool_saved");
        await dialog.Button("Test").ClickAsync();
        await Assertions.Expect(dialog.Locator(".test-result")).ToContainTextAsync("password");
        await dialog.Labelled("Password").FillAsync(Password);
        await dialog.Button("Test").ClickAsync();
        await Assertions.Expect(dialog.Locator(".test-result")).ToContainTextAsync("0 events wait");
        Assert.Empty((await Agent.GetAsync("/api/event-sources"))["eventSources"]!.AsArray());
        await dialog.Button("Add").ClickAsync();

        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Table, new() { Name = "Event sources" })).ToContainTextAsync("Connected");
        foreach (var (topic, kind) in ((string, string)[])[("nemo/1/on", "tool_enabled"), ("nemo/2", "tool_saved"), ("nemo/3", "other")])
            await client.GetDatabase(1).ListLeftPushAsync("nemo_mqtt_events", $$"""{"topic":"{{topic}}","payload":"{\"event\":\"{{kind}}\"}","qos":1,"retain":false}""");
        await record.WaitForAsync("what is not left out was published", messages => messages.Count == 2);
        Assert.Equal(["displays/1/lit", "lab/nemo/3"], record.Messages.Select(message => message.Topic));

        await page.Button("Edit nemo").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveValueAsync("");
        await Assertions.Expect(dialog.Labelled("Topic filter 1")).ToHaveValueAsync("nemo/+/on");
        await Assertions.Expect(dialog.Labelled("Kind 1")).ToHaveValueAsync("tool_saved");
        await dialog.Button("Remove rule 1").ClickAsync();
        await dialog.Button("Remove kind 1").ClickAsync();
        await dialog.Labelled("Put before every topic").FillAsync("");
        await dialog.Labelled("QoS").SelectOptionAsync("2: exactly once");
        await dialog.ToggleAsync("Keys in Redis");
        await dialog.Labelled("Lists of events, one a line").FillAsync("nemo_mqtt_events\nsecond list");
        await Assertions.Expect(page.Locator("body")).Not.ToContainTextAsync(Password);
        await dialog.Button("Save").ClickAsync();

        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        var stored = (await Agent.GetAsync("/api/event-sources"))["eventSources"]![0]!;
        Assert.Equal("*** 2 0 0 [\"nemo_mqtt_events\",\"second list\"]", $"{stored["password"]} {stored["qos"]} {stored["topics"]!.AsArray().Count} {stored["events"]!.AsObject().Count} {stored["lists"]!.ToJsonString()}");
        await Eventually.ThatAsync("it logs in with the password that was kept", async () => (string?)(await Agent.GetAsync("/api/event-sources"))["eventSources"]![0]!["state"]!["status"] == "connected");
    }

    [Fact]
    public async Task Each_fault_of_an_event_source_stands_at_its_field_in_a_part_that_opens_and_a_name_that_is_taken_replaces_nothing()
    {
        await PutAsync("/api/event-sources/nemo", new { enabled = false, connection = ConnectionName, topicPrefix = "kept" });
        var page = await OpenAsync("/#/out");
        var dialog = page.OpenDialog();
        Faults.Expect("status of 422");

        await page.Button("Add an event source").ClickAsync();
        await dialog.Labelled("Name").FillAsync("nemo");
        await dialog.Button("Add").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Name")).ToHaveAccessibleDescriptionAsync(new Regex("already"));
        await dialog.Labelled("Name").FillAsync("other");
        await dialog.ToggleAsync("Kinds of events");
        foreach (var number in (int[])[1, 2])
        {
            await dialog.Button("Add a kind").ClickAsync();
            await dialog.Labelled($"Kind {number}").FillAsync("tool_saved");
        }

        await dialog.Button("Add").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Kind 2")).ToHaveAccessibleDescriptionAsync(new Regex("there twice"));
        await dialog.Button("Remove kind 2").ClickAsync();
        await dialog.Labelled("Database").FillAsync("first");
        await dialog.Labelled(ConnectionName).UncheckAsync();
        await dialog.Labelled("Put before every topic").FillAsync("a/+");
        await dialog.ToggleAsync("Other topics for some events");
        await dialog.Button("Add a rule").ClickAsync();
        await dialog.Labelled("Topic filter 1").FillAsync("a/#/b");
        await dialog.ToggleAsync("Other topics for some events");
        await dialog.ToggleAsync("Keys in Redis");
        await dialog.Labelled("Lists of events, one a line").FillAsync("fine\nlist:plotune:dead");
        await dialog.ToggleAsync("Keys in Redis");
        await dialog.ToggleAsync("TLS and certificates");
        await dialog.GetByLabel("Connect with TLS").CheckAsync();
        await dialog.Labelled("Client certificate").FillAsync("no certificate");
        await dialog.ToggleAsync("TLS and certificates");
        await dialog.Button("Add").ClickAsync();

        foreach (var (label, message) in new[]
        {
            ("Database", "from 0 to"), ("Put before every topic", "wildcard"), ("Topic filter 1", "#"), ("Lists of events, one a line", "agent itself"), ("Client certificate", "PEM"),
        })
        {
            await Assertions.Expect(dialog.Labelled(label)).ToBeVisibleAsync();
            await Assertions.Expect(dialog.Labelled(label)).ToHaveAttributeAsync("aria-invalid", "true");
            await Assertions.Expect(dialog.Labelled(label)).ToHaveAccessibleDescriptionAsync(new Regex(message));
        }

        await Assertions.Expect(dialog.GetByRole(AriaRole.Group, new() { Name = "Published through" })).ToHaveAccessibleDescriptionAsync(new Regex("is missing"));
        await AssertAccessibleLightAndDarkAsync(page);
        await dialog.Button("Cancel").ClickAsync();
        var source = Assert.Single((await Agent.GetAsync("/api/event-sources"))["eventSources"]!.AsArray())!;
        Assert.Equal("nemo kept", $"{source["name"]} {source["topicPrefix"]}");
    }

    [Fact]
    public async Task A_variable_is_bridged_by_hand_and_how_much_of_it_is_published_can_be_changed_and_no_longer_limited()
    {
        await using var source = await VariableSource.StartAsync();
        await using var record = await SubscriberRecord.StartAsync(Broker, "plotune/#");
        var page = await OpenAsync("/#/out");
        var dialog = page.OpenDialog();
        Faults.Expect("status of 422");

        await page.Button("Bridge a variable").ClickAsync();
        await dialog.Labelled("Variable").FillAsync("a/b");
        await dialog.Labelled("Port").FillAsync($"{source.Port}");
        await dialog.Button("Bridge").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Variable")).ToHaveAttributeAsync("aria-invalid", "true");
        await dialog.Labelled("Variable").FillAsync("speed");
        await dialog.Labelled("Dead band").FillAsync("1.5");
        await dialog.Button("Bridge").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);

        var table = page.GetByRole(AriaRole.Table, new() { Name = "Bridges" });
        await Assertions.Expect(table).ToContainTextAsync("dead band 1.5");
        await Assertions.Expect(table).ToContainTextAsync("Connected");
        await source.SendAsync("speed", 5);
        await record.WaitForAsync("every second number is published", messages => messages.Count == 3);

        await page.Button("Edit speed").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Dead band")).ToHaveValueAsync("1.5");
        await dialog.Labelled("Dead band").FillAsync("");
        await dialog.Labelled("At most, samples a second").FillAsync("-1");
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog.Labelled("At most, samples a second")).ToHaveAccessibleDescriptionAsync(new Regex("from 0 to"));
        await dialog.Labelled("At most, samples a second").FillAsync("2.5");
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await Assertions.Expect(table).ToContainTextAsync("at most 2.5/s");
        await Assertions.Expect(table).Not.ToContainTextAsync("dead band");
    }

    [Fact]
    public async Task The_built_in_brokers_settings_are_changed_and_its_password_is_kept_where_it_is_not_replaced()
    {
        var page = await OpenAsync("/#/out");
        var panel = page.GetByRole(AriaRole.Region, new() { Name = "Built-in broker" });
        var dialog = page.OpenDialog();
        Faults.Expect("status of 422");

        await panel.GetByRole(AriaRole.Button, new() { Name = "Settings" }).ClickAsync();
        await dialog.Labelled("Listens at").FillAsync("0.0.0.0");
        await dialog.Labelled("Port").FillAsync("0");
        await dialog.Labelled("User name").FillAsync("device");
        await dialog.GetByLabel("Switched on").CheckAsync();
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Listens at")).ToHaveAccessibleDescriptionAsync(new Regex("only with a password"));
        await dialog.Labelled("Listens at").FillAsync("127.0.0.1");
        await dialog.Labelled("Password").FillAsync(Password);
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(panel).ToContainTextAsync("mqtt://127.0.0.1:");
        Assert.Equal(0, await PublishAsync(Password));

        await panel.GetByRole(AriaRole.Button, new() { Name = "Settings" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("start it anew");
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveValueAsync("");
        await Assertions.Expect(page.Locator("body")).Not.ToContainTextAsync(Password);
        await AssertAccessibleLightAndDarkAsync(page);
        await dialog.Labelled("User name").FillAsync("");
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);

        var broker = await Agent.GetAsync("/api/built-in-broker");
        Assert.Equal(" *** 0", $"{broker["username"]} {broker["password"]} {broker["port"]}");
        Assert.Equal(0, await PublishAsync(Password));
        Assert.NotEqual(0, await PublishAsync("wrong"));
    }

    private protected override async Task<AgentProcess> StartAgentAsync()
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(async () =>
        {
            await agent.AddConnectionAsync(ConnectionName, Broker.Port, new { topics = Array.Empty<object>(), producer = true });
            await agent.WaitForStatusAsync(ConnectionName, "connected");
        });
    }

    /// <returns>The exit code of mosquitto_pub.</returns>
    private async Task<int> PublishAsync(string password)
    {
        var address = new Uri((string)(await Agent.GetAsync("/api/built-in-broker"))["state"]!["address"]!);
        await using var publisher = CommandProcess.Start("mosquitto_pub", ["-h", address.Host, "-p", $"{address.Port}", "-u", "device", "-P", password, "-t", "a", "-m", "1"]);
        return await publisher.WaitForExitAsync();
    }

    private async Task PutAsync(string path, object body)
    {
        using var answer = await Agent.Http.PutAsJsonAsync(path, body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
