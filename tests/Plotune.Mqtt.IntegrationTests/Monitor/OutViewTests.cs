using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>What leaves, by what a person does and sees. The broker takes nothing below <c>refused/</c> until it is told to.</summary>
public sealed class OutViewTests(BrowserFixture browser) : MonitorTest(browser)
{
    /// <summary>Larger than the broker says it takes, so that it is not even asked.</summary>
    private static readonly string TooLarge = new('x', 2_000);

    /// <summary>The pattern is for sessions that a restarted mosquitto has not seen yet: by its other rules, a message for them is acknowledged and dropped.</summary>
    private const string TakesAll = "topic readwrite #\ntopic read $SYS/#\npattern read #\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string RulesFile => Path.Combine(NewFolder("broker"), "rules");

    [Fact]
    public async Task A_bridge_shows_what_it_published_and_why_it_waits_while_its_source_is_away()
    {
        await using var source = await VariableSource.StartAsync();
        await using var record = await SubscriberRecord.StartAsync(Broker, "out/#");
        var page = await OpenAsync("/#/out");
        await BridgeAsync("speed", source);
        await Assertions.Expect(Cell(page, "Bridges", "State")).ToContainTextAsync("Connected");

        await source.SendAsync("speed", 5);
        await Assertions.Expect(Cell(page, "Bridges", "Published")).ToHaveTextAsync("5 of 5");
        await Assertions.Expect(Table(page, "Bridges")).ToContainTextAsync("→ out/speed");
        await source.KillAsync();
        await Assertions.Expect(Cell(page, "Bridges", "State")).ToContainTextAsync("Waiting");
        await Assertions.Expect(Table(page, "Bridges")).ToContainTextAsync("refused");
        await source.StartAgainAsync();
        await Assertions.Expect(Cell(page, "Bridges", "State")).ToContainTextAsync("Connected");
        await source.SendAsync("speed", 2);
        await Assertions.Expect(Cell(page, "Bridges", "Published")).ToHaveTextAsync("7 of 7");
        await Assertions.Expect(Cell(page, "Bridges", "Waiting")).ToHaveTextAsync("0");
        await Broker.StopAsync();
        await source.SendAsync("speed", 1);
        await Assertions.Expect(Cell(page, "Bridges", "Waiting")).ToHaveTextAsync(new Regex(@"^1 oldest \d+ s$"));
        await Broker.StartAgainAsync();
        await Assertions.Expect(Cell(page, "Bridges", "Waiting")).ToHaveTextAsync("0");
        await record.WaitForNumbersAsync("out/speed", 0, 7);

        await page.GetByRole(AriaRole.Button, new() { Name = "End speed" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "End it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("No variable is bridged.")).ToBeVisibleAsync();
        await Eventually.ThatAsync("the source is let go", () => source.ViewersOf("speed") == 0);
    }

    [Fact]
    public async Task An_event_source_shows_what_waits_in_Redis_and_for_what_and_what_was_published()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var record = await SubscriberRecord.StartAsync(Broker, "nemo/#");
        var page = await OpenAsync("/#/out");
        await PutAsync("/api/event-sources/nemo", new { port = redis.Port, connection = "elsewhere" });
        await PushAsync(redis, "first", "second", "third");

        await Assertions.Expect(Cell(page, "Event sources", "In Redis")).ToHaveTextAsync("3");
        await Assertions.Expect(Cell(page, "Event sources", "Published")).ToHaveTextAsync("0");
        await Assertions.Expect(Table(page, "Event sources").GetByText("There is no connection")).ToBeVisibleAsync();
        await Agent.AddConnectionAsync("elsewhere", Broker.Port);

        await Assertions.Expect(Cell(page, "Event sources", "State")).ToContainTextAsync("Connected");
        await Assertions.Expect(Cell(page, "Event sources", "Published")).ToHaveTextAsync("3");
        await Assertions.Expect(Cell(page, "Event sources", "In Redis")).ToHaveTextAsync("0");
        Assert.Equal(["first", "second", "third"], record.Messages.Select(message => message.Payload));

        await Table(page, "Event sources").GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(Cell(page, "Event sources", "State")).ToContainTextAsync("Paused");
        await PushAsync(redis, "fourth");
        await Table(page, "Event sources").GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await record.WaitForAsync("the fourth event is published", messages => messages is [.., { Payload: "fourth" }]);

        await page.GetByRole(AriaRole.Button, new() { Name = "Remove nemo" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Event sources" }).GetByText("None.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Dead_letters_are_listed_with_their_reason_sent_again_and_deleted()
    {
        await using var record = await SubscriberRecord.StartAsync(Broker, "refused/#");
        var page = await OpenAsync("/#/out");
        var letters = page.GetByRole(AriaRole.Region, new() { Name = "Dead letters" });
        await Assertions.Expect(letters).ToContainTextAsync("None.");

        foreach (var number in (string[])["one", "two", "three", "four"])
            using (var answer = await Agent.PostAsync("/api/connections/plant/publish", new { topic = $"refused/{number}", payload = $$"""{"number":"{{number}}"}""" }))
                answer.EnsureSuccessStatusCode();

        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["refused/one", "refused/two", "refused/three", "refused/four"]);
        await Assertions.Expect(Letter("one")).ToContainTextAsync("does not allow the user to publish");
        await Assertions.Expect(Cell(page, "Queues", "Dead letters")).ToHaveTextAsync("4");
        await Letter("one").GetByRole(AriaRole.Button, new() { Name = "Payload" }).ClickAsync();
        await Assertions.Expect(Letter("one").Locator("pre")).ToContainTextAsync("\"number\": \"one\"");

        // Still refused: it is a letter again, the newest one.
        await Letter("one").GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["refused/two", "refused/three", "refused/four", "refused/one"]);

        await Letter("two").GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["refused/three", "refused/four", "refused/one"]);

        await Broker.StopAsync();
        await File.WriteAllTextAsync(RulesFile, TakesAll, Cancel);
        await Broker.StartAgainAsync();
        await Agent.WaitForStatusAsync("plant", "connected");
        // With access rules mosquitto keeps nothing for a subscriber that it has not seen since it was started.
        await Eventually.ThatAsync("the subscriber is back", () => record.Subscribed == 2);
        await Letter("three").GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["refused/four", "refused/one"]);
        await letters.GetByRole(AriaRole.Button, new() { Name = "Send all again" }).ClickAsync();
        await Assertions.Expect(letters).ToContainTextAsync("None.");
        await WaitForAsync(record, messages => messages.Select(message => message.Topic).Distinct().SequenceEqual(["refused/three", "refused/four", "refused/one"]));

        await page.GetByRole(AriaRole.Link, new() { Name = "Messages" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "refused/two" })).ToContainTextAsync("does not allow the user to publish");

        ILocator Letter(string number) => letters.GetByRole(AriaRole.Listitem).Filter(new() { HasText = $"refused/{number}" });
    }

    [Fact]
    public async Task All_dead_letters_of_a_connection_are_deleted_once_that_is_confirmed()
    {
        for (var number = 0; number < 60; number++)
            using (var answer = await Agent.PostAsync("/api/connections/plant/publish", new { topic = $"large/{number}", payload = TooLarge }))
                answer.EnsureSuccessStatusCode();

        var page = await OpenAsync("/#/out");
        var letters = page.GetByRole(AriaRole.Region, new() { Name = "Dead letters" });
        await Assertions.Expect(Cell(page, "Queues", "Dead letters")).ToHaveTextAsync("60");
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(50);
        await letters.GetByRole(AriaRole.Button, new() { Name = "Show more" }).ClickAsync();
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(60);

        await letters.GetByRole(AriaRole.Button, new() { Name = "Delete all" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(letters.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(60);
        await letters.GetByRole(AriaRole.Button, new() { Name = "Delete all" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("60 messages of plant");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete all" }).ClickAsync();

        await Assertions.Expect(letters).ToContainTextAsync("None.");
        Assert.Empty((await Agent.GetAsync("/api/dead-letters"))["deadLetters"]!.AsArray());
    }

    [Fact]
    public async Task What_waits_for_a_broker_that_is_away_is_shown_with_its_age_until_the_broker_is_back()
    {
        var page = await OpenAsync("/#/out");
        await Assertions.Expect(Cell(page, "Queues", "Waiting")).ToHaveTextAsync(new Regex("^0 "));
        await Assertions.Expect(Cell(page, "Queues", "Oldest")).ToHaveTextAsync("–");

        await Broker.StopAsync();
        await Assertions.Expect(Cell(page, "Queues", "Connection")).ToContainTextAsync("not connected");
        await Assertions.Expect(page.GetByText("the message waits on disk until it is")).ToBeVisibleAsync();
        await PublishAsync(page, "hand/lamp", "first");
        await Assertions.Expect(Cell(page, "Queues", "Waiting")).ToHaveTextAsync(new Regex("^1 "));
        await PublishAsync(page, "hand/lamp", "second");
        await Assertions.Expect(Cell(page, "Queues", "Waiting")).ToHaveTextAsync(new Regex("^2 "));
        await Assertions.Expect(Cell(page, "Queues", "Oldest")).ToHaveTextAsync(new Regex(@"^\d+ (s|min)$"));
        await Broker.StartAgainAsync();

        await Assertions.Expect(Cell(page, "Queues", "Waiting")).ToHaveTextAsync(new Regex("^0 "));
        await Assertions.Expect(Cell(page, "Queues", "Oldest")).ToHaveTextAsync("–");
        await Assertions.Expect(Cell(page, "Queues", "Published")).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task A_message_by_hand_is_published_as_it_was_put_in_and_what_cannot_be_is_said_at_its_field()
    {
        await using var record = await SubscriberRecord.StartAsync(Broker, 2, "hand/#");
        var page = await OpenAsync("/#/out");
        var form = page.GetByRole(AriaRole.Region, new() { Name = "Publish by hand" });
        Faults.Expect("422 (Unprocessable Entity)");

        await PublishAsync(page, "hand/+", "x");
        await Assertions.Expect(form.GetByLabel("Topic")).ToHaveAttributeAsync("aria-invalid", "true");
        await form.GetByLabel("Payload is").SelectOptionAsync("JSON");
        await PublishAsync(page, "hand/json", """{"on":tru}""");
        await Assertions.Expect(form.GetByText("This is no JSON.")).ToBeVisibleAsync();
        await Assertions.Expect(form.GetByLabel("Topic")).Not.ToHaveAttributeAsync("aria-invalid", "true");

        await form.GetByLabel("QoS").SelectOptionAsync("2");
        await PublishAsync(page, "hand/json", """{ "on":true,"level":1.50 }""");
        await record.WaitForAsync("the JSON is at the broker", messages => messages.Count == 1);
        await form.GetByLabel("Payload is").SelectOptionAsync("hexadecimal digits");
        await form.GetByLabel("QoS").SelectOptionAsync("0");
        await PublishAsync(page, "hand/hex", "c3 a9\n41");
        await record.WaitForAsync("the bytes are at the broker", messages => messages.Count == 2);
        await form.GetByLabel("Payload is").SelectOptionAsync("text");
        await form.GetByLabel("Retain").CheckAsync();
        await PublishAsync(page, "hand/kept", "é <b> €");
        await record.WaitForAsync("the text is at the broker", messages => messages.Count == 3);

        Assert.Equal([("hand/json", """{ "on":true,"level":1.50 }""", 2), ("hand/hex", "éA", 0), ("hand/kept", "é <b> €", 0)], record.Messages.Select(message => (message.Topic, message.Payload, message.QualityOfService)));
        await using var late = await SubscriberRecord.StartAsync(Broker, "hand/#");
        await late.WaitForAsync("only the third was kept", messages => messages is [{ Topic: "hand/kept", Retained: true }]);
    }

    [Fact]
    public async Task The_built_in_brokers_clients_are_listed_while_they_are_there()
    {
        var page = await OpenAsync("/#/out");
        var panel = page.GetByRole(AriaRole.Region, new() { Name = "Built-in broker" });
        await Assertions.Expect(panel.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToBeVisibleAsync();
        await PutAsync("/api/built-in-broker", new { enabled = true, port = 0 });
        await Assertions.Expect(panel.GetByRole(AriaRole.Button, new() { Name = "Stop" })).ToBeVisibleAsync();
        var address = new Uri((string)(await Agent.GetAsync("/api/built-in-broker"))["state"]!["address"]!);

        await using (var visitor = CommandProcess.Start("mosquitto_sub", ["-h", address.Host, "-p", $"{address.Port}", "-i", "visitor", "-t", "a", "-V", "311"]))
        {
            await Assertions.Expect(Client("visitor")).ToContainTextAsync("127.0.0.1");
            await Assertions.Expect(Client("visitor")).ToContainTextAsync("3.1.1");
        }

        await Assertions.Expect(Client("visitor")).ToHaveCountAsync(0);
        await panel.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(panel).Not.ToContainTextAsync("mqtt://");

        ILocator Client(string name) => Table(page, "Clients of the built-in broker").GetByRole(AriaRole.Row).Filter(new() { HasText = name });
    }

    [Fact]
    public async Task The_view_has_no_fault_that_axe_finds_in_light_and_dark()
    {
        await using var redis = await RedisProcess.StartAsync(Cancel);
        await using var source = await VariableSource.StartAsync();
        await BridgeAsync("speed", source);
        await source.SendAsync("speed", 3);
        await source.KillAsync();
        await PutAsync("/api/event-sources/nemo", new { port = redis.Port, connection = "elsewhere" });
        await PushAsync(redis, "waits");
        await PutAsync("/api/built-in-broker", new { enabled = true, port = 0 });
        using (var answer = await Agent.PostAsync("/api/connections/plant/publish", new { topic = "refused/lamp", payload = """{"on":true}""", retain = true })) answer.EnsureSuccessStatusCode();
        var page = await OpenAsync("/#/out", new() { ReducedMotion = ReducedMotion.Reduce });
        var letter = page.GetByRole(AriaRole.Region, new() { Name = "Dead letters" }).GetByRole(AriaRole.Listitem);
        await letter.GetByRole(AriaRole.Button, new() { Name = "Payload" }).ClickAsync();
        Faults.Expect("422 (Unprocessable Entity)");
        await PublishAsync(page, "a/#", "x");
        await Assertions.Expect(page.GetByLabel("Topic")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(Cell(page, "Bridges", "State")).ToContainTextAsync("Waiting");
        await Assertions.Expect(Table(page, "Event sources").GetByText("There is no connection")).ToBeVisibleAsync();
        await Assertions.Expect(Table(page, "Clients of the built-in broker")).ToBeVisibleAsync();

        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await AssertAccessibleAsync(page);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "End speed" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await AssertAccessibleAsync(page);
    }

    private protected override async Task<BrokerProcess> StartBrokerAsync()
    {
        await File.WriteAllTextAsync(RulesFile, TakesAll + "topic deny refused/#\n", Cancel);
        return await BrokerProcess.StartAsync($"allow_anonymous true\nacl_file {RulesFile}\nmax_packet_size 1000\n");
    }

    /// <summary>One connection, which publishes only.</summary>
    private protected override async Task<AgentProcess> StartAgentAsync()
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(async () =>
        {
            await agent.AddConnectionAsync("plant", Broker.Port, new { topics = Array.Empty<object>(), producer = true, producerTopic = "out" });
            await agent.WaitForStatusAsync("plant", "connected");
        });
    }

    private static ILocator Table(IPage page, string name) => page.GetByRole(AriaRole.Table, new() { Name = name, Exact = true });

    /// <summary>That column of a table with one row.</summary>
    private static ILocator Cell(IPage page, string table, string column) => Table(page, table).Locator($"td[data-head='{column}']");

    private static async Task PublishAsync(IPage page, string topic, string payload)
    {
        var form = page.GetByRole(AriaRole.Region, new() { Name = "Publish by hand" });
        await form.GetByLabel("Topic").FillAsync(topic);
        await form.GetByLabel("Payload", new() { Exact = true }).FillAsync(payload);
        await form.GetByRole(AriaRole.Button, new() { Name = "Publish" }).ClickAsync();
        await Assertions.Expect(form.Locator("[role=status], .field-error").Filter(new() { HasTextRegex = new Regex(".") }).First).ToBeVisibleAsync();
    }

    private static async Task PushAsync(RedisProcess redis, params string[] payloads)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port}");
        foreach (var payload in payloads) await client.GetDatabase(1).ListLeftPushAsync("nemo_mqtt_events", $$"""{"topic":"nemo/event","payload":"{{payload}}","qos":1,"retain":false}""");
    }

    private static Task WaitForAsync(SubscriberRecord record, Func<IReadOnlyList<RecordedMessage>, bool> condition) =>
        Plotune.Mqtt.TestSupport.Eventually.TrueAsync("what waited is at the broker", () => condition(record.Messages), Cancel, state: () => string.Join(", ", record.Messages));

    private async Task BridgeAsync(string name, VariableSource source)
    {
        using var answer = await Agent.PostAsync($"/bridge/{name}", new { name, source_ip = "127.0.0.1", source_port = source.Port });
        answer.EnsureSuccessStatusCode();
    }

    private async Task PutAsync(string path, object body)
    {
        using var answer = await Agent.Http.PutAsJsonAsync(path, body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
