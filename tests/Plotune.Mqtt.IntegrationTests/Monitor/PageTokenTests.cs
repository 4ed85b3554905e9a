using System.Net.Http.Headers;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The page of an agent that asks for its token.</summary>
public sealed class PageTokenTests(BrowserFixture browser) : MonitorTest(browser)
{
    private const string Token = "s3cret-token/with+signs=";

    [Fact]
    public async Task The_page_asks_for_the_token_and_is_live_once_it_has_the_right_one()
    {
        Faults.Expect("401");
        Faults.Expect("HTTP Authentication failed");
        var page = await OpenAsync();
        await Assertions.Expect(page.OpenDialog()).ToContainTextAsync("This agent asks for its token");
        await Assertions.Expect(page.OpenDialog().Labelled("Token")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.OpenDialog().Labelled("Token")).ToBeVisibleAsync();

        await page.OpenDialog().Labelled("Token").FillAsync("another");
        await page.Button("Open").ClickAsync();
        await Assertions.Expect(page.OpenDialog()).ToContainTextAsync("The agent does not take this one.");
        await page.OpenDialog().Labelled("Token").FillAsync(Token);
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.OpenDialog()).ToHaveCountAsync(0);
        await AssertWorksAsync(page);

        // Kept for this tab, also over a reload, and for no other.
        await page.ReloadAsync();
        await AssertWorksAsync(page);
        await Assertions.Expect((await OpenAsync()).OpenDialog()).ToContainTextAsync("This agent asks for its token");
    }

    [Fact]
    public async Task A_token_in_the_address_opens_the_page_and_does_not_stay_there()
    {
        var page = await OpenAsync($"/?token={Uri.EscapeDataString(Token)}#/signals");
        await Assertions.Expect(page).ToHaveURLAsync($"http://127.0.0.1:{Agent.Port}/#/signals");

        await page.View("Connections").ClickAsync();
        await AssertWorksAsync(page);

        await page.GoBackAsync();
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", await page.ContentAsync(), StringComparison.Ordinal);
    }

    private protected override async Task<AgentProcess> StartAgentAsync()
    {
        var agent = AgentProcess.Launch(DataFolder, Installation.Shared, "--standalone", "--connect", BrokerAddress, "--token", Token);
        agent.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return await agent.ReadyAsync(agent.WaitUntilListeningAsync);
    }

    /// <summary>What comes by the WebSocket, and what is asked for by requests.</summary>
    private async Task AssertWorksAsync(IPage page)
    {
        await Assertions.Expect(page.GetByRole(AriaRole.Banner)).ToContainTextAsync("Live");
        await Assertions.Expect(page.Connection(ConnectionName)).ToContainTextAsync("Connected");
        await page.Connection(ConnectionName).Button("Edit").ClickAsync();
        await Assertions.Expect(page.OpenDialog()).ToContainTextAsync(ConnectionName);
        await page.OpenDialog().Button("Cancel").ClickAsync();
        await Assertions.Expect(page.OpenDialog()).ToHaveCountAsync(0);
    }
}
