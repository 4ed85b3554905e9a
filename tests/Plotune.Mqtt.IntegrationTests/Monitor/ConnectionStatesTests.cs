using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>What a page that stays open says of connections to real brokers, in words.</summary>
public sealed class ConnectionStatesTests(BrowserFixture browser) : MonitorTest(browser)
{
    [Fact]
    public async Task A_broker_that_goes_and_a_worker_that_is_killed_show_with_since_next_try_and_when_they_were_back_without_a_reload()
    {
        var page = await OpenAsync();
        await page.MarkAsync();
        var card = page.Connection(ConnectionName);
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Connected\d+ (s|min), nothing received yet"));
        await Assertions.Expect(card).ToContainTextAsync("Reconnects0");

        await Broker.StopAsync();
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Waiting to retry\d+ (s|min)(next try in \d+ s|trying now), attempt \d"));
        await Assertions.Expect(card).ToContainTextAsync($"Nothing accepts connections at 127.0.0.1:{Broker.Port}.");

        await Broker.StartAgainAsync();
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Reconnects1 last \d\d:\d\d:\d\d"));
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));
        await Assertions.Expect(card).Not.ToContainTextAsync("next try");

        Assert.Equal(0, Signals.Kill((int)(await Agent.StateAsync(ConnectionName))["workerPid"]!, Signals.Kill9));
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Worker restarts1 last \d\d:\d\d:\d\d"));
        await Assertions.Expect(card).ToContainTextAsync("It is started again.");
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));

        await Broker.PublishAsync("plant/speed", "1");
        await Assertions.Expect(card).ToContainTextAsync("Received1");
        Assert.True(await page.IsAsOpenedAsync());
    }

    [Fact]
    public async Task A_refused_filter_shows_with_its_connection_while_the_others_work()
    {
        await using var broker = await BrokerProcess.StartWithSubscriptionRulesAsync("open/#");
        await Agent.AddConnectionAsync("half", broker.Port, new { topics = new[] { new { filter = "open/#", qos = 1 }, new { filter = "secret/#", qos = 1 } } });
        var page = await OpenAsync();
        var card = page.Connection("half");

        await Assertions.Expect(card).ToContainTextAsync("Connected");
        // While nothing has come the steps are open, and say it.
        await Assertions.Expect(card).ToContainTextAsync(new Regex("Subscribed: The broker does not allow the user to subscribe to this filter"));
        await Assertions.Expect(card.Locator(".notice").Filter(new() { HasText = "does not allow" })).ToHaveCountAsync(1);
        await Assertions.Expect(page.Connection(ConnectionName)).Not.ToContainTextAsync("secret/#");

        await card.Button("Details").ClickAsync();
        await Assertions.Expect(card.Locator(".filters").GetByRole(AriaRole.Listitem)).ToHaveTextAsync(["open/# QoS 1", "secret/# QoS 1 refused"]);
        await broker.PublishAsync("open/speed", "1");
        await Assertions.Expect(card).ToContainTextAsync("Received1");
        await Assertions.Expect(card.Locator(".step")).ToHaveCountAsync(0);
        await Assertions.Expect(card.Locator(".troubles")).ToContainTextAsync("secret/#: The broker does not allow the user to subscribe to this filter. Check its access rules.");
    }

    [Fact]
    public async Task A_wrong_password_is_said_in_words_and_over_once_the_right_one_is_typed()
    {
        await using var broker = await BrokerProcess.StartWithPasswordAsync("operator", "right");
        await Agent.AddConnectionAsync("locked", broker.Port, new { username = "operator", password = "wrong" });
        var page = await OpenAsync();
        var card = page.Connection("locked");

        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Failed\d+ (s|min), no further try until it is changed"));
        await Assertions.Expect(card).ToContainTextAsync("Check the user name, the password and the broker's access rules.");

        await card.Button("Edit").ClickAsync();
        await page.OpenDialog().Labelled("Password").FillAsync("right");
        await page.OpenDialog().Button("Save").ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));
        await Assertions.Expect(card).Not.ToContainTextAsync("Check the user name");
    }

    [Fact]
    public async Task TLS_that_is_not_verified_shows_as_a_warning_and_verified_TLS_does_not()
    {
        await using var broker = await BrokerProcess.StartWithTlsAsync();
        await Agent.AddConnectionAsync("verified", broker.Port, new { transport = "tls", tls = new { ca = broker.AuthorityPath } });
        await Agent.AddConnectionAsync("unverified", broker.Port, new { transport = "tls", tls = new { verify = "none" } });
        var page = await OpenAsync();

        await Assertions.Expect(page.Connection("unverified")).ToContainTextAsync("TLS unverified");
        await Assertions.Expect(page.Connection("unverified")).ToContainTextAsync("anyone on the way can pose as the broker");
        await Assertions.Expect(page.Connection("verified").GetByText("TLS", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.Connection("verified")).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));
        await Assertions.Expect(page.Connection("verified")).Not.ToContainTextAsync("unverified");
        await Assertions.Expect(page.Connection("verified")).Not.ToContainTextAsync("pose as the broker");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("no TLS");
    }

    [Fact]
    public async Task Payloads_that_cannot_be_decoded_are_counted_by_reason()
    {
        var page = await OpenAsync();
        var bytes = Path.Combine(NewFolder("payload"), "bytes");
        await File.WriteAllBytesAsync(bytes, [0xff, 0xfe, 0x00, 0xc3], TestContext.Current.CancellationToken);

        await Broker.PublishFileAsync("odd/bytes", bytes);
        await Broker.PublishFileAsync("odd/bytes", bytes);
        await Broker.PublishAsync("odd/deep", new string('[', 2000) + new string(']', 2000));

        var card = page.Connection(ConnectionName);
        await Assertions.Expect(card).ToContainTextAsync("Decode failures3");
        await Assertions.Expect(card).ToContainTextAsync("2 no UTF-8 text");
        await Assertions.Expect(card).ToContainTextAsync("1 nested too deep");
    }

    [Fact]
    public async Task The_view_with_every_state_on_show_has_no_fault_that_axe_finds()
    {
        await using var rules = await BrokerProcess.StartWithSubscriptionRulesAsync("open/#");
        await using var locked = await BrokerProcess.StartWithPasswordAsync("operator", "right");
        await using var secure = await BrokerProcess.StartWithTlsAsync();
        await using var silent = await BrokerProcess.StartAsync();
        await using var away = await BrokerProcess.StartAsync();
        await away.StopAsync();
        silent.Signal(Signals.Stop);
        await Agent.AddConnectionAsync("half", rules.Port, new { topics = new[] { new { filter = "open/#", qos = 1 }, new { filter = "secret/#", qos = 1 } } });
        await Agent.AddConnectionAsync("failed", locked.Port, new { username = "operator", password = "wrong" });
        await Agent.AddConnectionAsync("unverified", secure.Port, new { transport = "tls", tls = new { verify = "none" } });
        await Agent.AddConnectionAsync("away", away.Port);
        await Agent.AddConnectionAsync("paused", Broker.Port, new { enabled = false });
        await Agent.AddConnectionAsync("silent", silent.Port);
        await Broker.PublishAsync("plant/deep", new string('[', 2000) + new string(']', 2000));
        await Broker.PublishAsync("plant/speed", "1");
        Assert.Equal(0, Signals.Kill((int)(await Agent.StateAsync(ConnectionName))["workerPid"]!, Signals.Kill9));
        var page = await OpenAsync();

        foreach (var (name, word) in new[]
        {
            (ConnectionName, "Worker restarts1"), (ConnectionName, "Connected"), ("half", "subscribe to this filter"), ("failed", "Failed"), ("unverified", "pose as the broker"), ("away", "Waiting to retry"), ("paused", "Paused"), ("silent", "Connecting"),
        })
        {
            await Assertions.Expect(page.Connection(name)).ToContainTextAsync(word);
        }

        foreach (var name in new[] { ConnectionName, "half", "away" })
        {
            await page.Connection(name).Button("Details").ClickAsync();
        }

        await AssertAccessibleLightAndDarkAsync(page);
        silent.Signal(Signals.Continue);
    }
}
