using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Plotune.Mqtt.IntegrationTests.Monitor.BrowserFixture))]

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>One headless Chromium for all tests of a run, started by the first that needs it. It is the system's own (Debian package <c>chromium</c>): nothing is downloaded.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    // None of it is a page's doing, and all of it would show among the requests, or make the tests wait.
    private static readonly string[] Arguments =
        ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly Lock _lock = new();
    private Task<IBrowser>? _browser;
    private IPlaywright? _playwright;

    /// <summary>How long Playwright waits for what it is told to wait for; only a failing test takes that long.</summary>
    internal static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is { IsCompletedSuccessfully: true })
        {
            await (await _browser).CloseAsync();
        }

        _playwright?.Dispose();
    }

    internal Task<IBrowser> GetAsync()
    {
        lock (_lock)
        {
            return _browser ??= LaunchAsync();
        }
    }

    private async Task<IBrowser> LaunchAsync()
    {
        Assert.True(File.Exists(Executable), $"There is no {Executable}: install the Debian package chromium, or run tests/run.sh, which does.");
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            // Chromium's sandbox does not work for root.
            ChromiumSandbox = Environment.UserName != "root",
            Args = Arguments,
        });
    }
}
