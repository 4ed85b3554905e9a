using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>
/// A test of the page in a real browser, with an agent and a mosquitto of its own. It fails by itself on an error in the console, an error nobody caught, a request to
/// anybody but the agent and a violation of the Content-Security-Policy. Waiting is Playwright's: <c>Assertions.Expect(locator)</c> and what a locator does by itself.
/// </summary>
public abstract class MonitorTest(BrowserFixture browser) : AgentTest
{
    private readonly List<IBrowserContext> _contexts = [];
    private PageFaults? _faults;

    /// <summary>Connected to the broker of the test and subscribed to everything, unless <see cref="StartAgentAsync"/> says otherwise.</summary>
    private protected AgentProcess Agent { get; private set; } = null!;

    private protected PageFaults Faults => _faults ??= new PageFaults(() => $"127.0.0.1:{Agent.Port}");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        try
        {
            Agent = await StartAgentAsync();
        }
        catch
        {
            // A test that did not begin is not disposed.
            await base.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts)
        {
            await PageFaults.SettleAsync(context);
            await KeepScreenshotsAsync(context);
            await context.CloseAsync();
        }

        // Before the agent ends, which the pages would notice.
        var faults = _faults?.All ?? [];
        if (Agent is not null)
        {
            await Agent.DisposeAsync();
        }

        await base.DisposeAsync();
        Assert.True(faults.Count == 0, "The page did what it must not:\n" + string.Join('\n', faults));
        GC.SuppressFinalize(this);
    }

    private protected virtual Task<AgentProcess> StartAgentAsync() => StartConnectedAgentAsync();

    /// <summary>Kills the agent and starts it again with the same data, at the same address.</summary>
    private protected async Task RestartAgentAsync()
    {
        await StopAgentAsync();
        await StartAgentAgainAsync();
    }

    /// <summary>Kills the agent. What pages say of it from then on is for <see cref="PageFaults.Expect"/>.</summary>
    private protected async Task StopAgentAsync()
    {
        Agent.Signal(Signals.Kill9);
        await Agent.WaitForExitAsync();
    }

    /// <summary>Starts the agent that was stopped, with the same data, at the same address.</summary>
    private protected async Task StartAgentAgainAsync()
    {
        var ended = Agent;
        Agent = await AgentProcess.StartAsync(DataFolder, "--standalone", "--port", $"{ended.Port}");
        await ended.DisposeAsync();
    }

    /// <summary>Opens the agent's page in a window of its own.</summary>
    /// <param name="path">Path, query and fragment.</param>
    /// <param name="options">Such as the size of the window, light or dark, or reduced motion.</param>
    private protected async Task<IPage> OpenAsync(string path = "/", BrowserNewContextOptions? options = null)
    {
        var page = await NewPageAsync(options);
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>A window in which nothing is open yet; addresses are relative to the agent's.</summary>
    private protected async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null)
    {
        var context = await (await browser.GetAsync()).NewContextAsync(new BrowserNewContextOptions(options ?? new()) { BaseURL = $"http://127.0.0.1:{Agent.Port}" });
        _contexts.Add(context);
        context.SetDefaultTimeout((float)BrowserFixture.Patience.TotalMilliseconds);
        await Faults.WatchAsync(context);
        return await context.NewPageAsync();
    }

    /// <summary>Fails with what axe finds wrong for people who cannot see, point or tell colours apart (WCAG 2.2 AA and axe's own best practices).</summary>
    private protected static async Task AssertAccessibleAsync(IPage page)
    {
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, Describe(result.Violations));
    }

    /// <summary>The same for the page in both colour schemes.</summary>
    private protected static async Task AssertAccessibleLightAndDarkAsync(IPage page)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            // Without motion, so that no colour is halfway between the two.
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await AssertAccessibleAsync(page);
        }
    }

    private static string Describe(AxeResultItem[] violations)
    {
        var text = new StringBuilder("axe finds:");
        foreach (var violation in violations)
        {
            text.AppendLine().Append($"{violation.Id} ({violation.Impact}): {violation.Help}");
            foreach (var node in violation.Nodes)
            {
                text.AppendLine().Append($"  {node.Html}: {string.Join(" ", node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message))}");
            }
        }

        return text.ToString();
    }

    /// <summary>Of a test that failed, a picture of each page helps more than its sentence.</summary>
    private async Task KeepScreenshotsAsync(IBrowserContext context)
    {
        if (TestContext.Current.TestState?.Result != TestResult.Failed)
        {
            return;
        }

        foreach (var page in context.Pages)
        {
            var file = Path.Combine(AppContext.BaseDirectory, "TestResults", $"{GetType().Name}-{Guid.NewGuid():N}.png");
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = file, FullPage = true });
            TestContext.Current.TestOutputHelper?.WriteLine($"The page {page.Url} at its end: {file}");
        }
    }
}
