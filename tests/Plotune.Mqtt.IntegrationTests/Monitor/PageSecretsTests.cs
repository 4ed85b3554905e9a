using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>Secrets go from the page to the agent and never back.</summary>
public sealed class PageSecretsTests(BrowserFixture browser) : MonitorTest(browser)
{
    private const string Password = "s3cret-Pa55word";

    private readonly ConcurrentQueue<Task<string>> _answers = [];

    [Fact]
    public async Task A_password_stays_where_it_is_not_replaced_and_is_in_no_part_of_the_page_and_in_no_answer()
    {
        await Agent.AddConnectionAsync("plant", Broker.Port, new { username = "operator", password = "not yet known" });
        var page = await OpenListeningAsync();
        var card = page.Connection("plant");
        var dialog = page.OpenDialog();
        await card.Button("Edit").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveValueAsync("");
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveAttributeAsync("placeholder", new Regex("^stored"));
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveAttributeAsync("type", "password");
        await dialog.Labelled("Password").FillAsync(Password);
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));

        // What is not typed again is kept: the test from the form and the connection itself log in with it.
        await card.Button("Edit").ClickAsync();
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveValueAsync("");
        await dialog.ToggleAsync("Session");
        await dialog.Labelled("Client identifier").FillAsync("changed");
        await dialog.TestUntilAsync("# QoS 1");
        await AssertHoldsNoSecretAsync(page);
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await Eventually.ThatAsync("it is connected as another client", async () => await Agent.StateAsync("plant") is var state && $"{state["status"]} {state["clientId"]}" == "connected changed");

        // Typed and taken back, it is kept as well; removed, it is gone.
        await card.Button("Edit").ClickAsync();
        await dialog.Labelled("Password").FillAsync("another");
        await dialog.Labelled("Password").FillAsync("");
        await Assertions.Expect(dialog.Labelled("Password")).ToHaveAttributeAsync("placeholder", new Regex("^stored"));
        await dialog.Button("Remove Password").ClickAsync();
        await dialog.Button("Save").ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync(new Regex(@"Failed\d+ (s|min)"));

        await AssertHoldsNoSecretAsync(page);
        await AssertNoAnswerHoldsItAsync("\"password\":\"***\"");
    }

    [Fact]
    public async Task A_password_in_the_address_of_the_first_start_is_not_shown_again()
    {
        var page = await OpenListeningAsync();

        await page.GetByLabel("Address").FillAsync($"mqtt://operator:{Password}@127.0.0.1:{Broker.Port}");
        await page.Button("Connect").ClickAsync();

        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync(new Regex(@"Connected\d+ (s|min)"));
        await page.Connection(ConnectionName).Button("Details").ClickAsync();
        await page.Connection(ConnectionName).Button("Edit").ClickAsync();
        await Assertions.Expect(page.OpenDialog().Labelled("User name")).ToHaveValueAsync("operator");
        await AssertHoldsNoSecretAsync(page);
        await AssertNoAnswerHoldsItAsync("\"password\":\"***\"");
    }

    private protected override Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartWithPasswordAsync("operator", Password);

    private protected override Task<AgentProcess> StartAgentAsync() => AgentProcess.StartAsync(DataFolder, "--standalone");

    /// <summary>Opens the page and keeps all that the agent says to it.</summary>
    private async Task<IPage> OpenListeningAsync()
    {
        var page = await NewPageAsync();
        page.Response += (_, response) => _answers.Enqueue(response.TextAsync());
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) => _answers.Enqueue(Task.FromResult(frame.Text ?? ""));
        await page.GotoAsync("/");
        return page;
    }

    private static async Task AssertHoldsNoSecretAsync(IPage page)
    {
        var all = await page.EvaluateAsync<string>(
            "() => [document.documentElement.outerHTML, ...[...document.querySelectorAll('input, textarea')].map(field => field.value), location.href, JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage }), document.cookie].join('\\n')");
        Assert.Contains("127.0.0.1", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, all, StringComparison.Ordinal);
    }

    /// <param name="mask">What stands in its place.</param>
    private async Task AssertNoAnswerHoldsItAsync(string mask)
    {
        var answers = string.Join('\n', await Task.WhenAll(_answers));
        Assert.Contains(mask, answers, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, answers, StringComparison.Ordinal);
    }
}
