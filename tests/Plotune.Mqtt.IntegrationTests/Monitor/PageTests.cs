using Microsoft.Playwright;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

public sealed class PageTests(BrowserFixture browser) : MonitorTest(browser)
{
    [Fact]
    public async Task The_page_opens_and_does_nothing_that_it_must_not()
    {
        var page = await OpenAsync();

        await Assertions.Expect(page).ToHaveTitleAsync("Plotune MQTT");
        await AssertAccessibleAsync(page);
    }

    [Fact]
    public async Task An_agent_that_was_killed_and_started_again_serves_its_page_at_the_same_address()
    {
        var page = await OpenAsync();
        Faults.Expect("ERR_CONNECTION_REFUSED");

        await RestartAgentAsync();
        await page.ReloadAsync();

        await Assertions.Expect(page).ToHaveTitleAsync("Plotune MQTT");
    }
}
