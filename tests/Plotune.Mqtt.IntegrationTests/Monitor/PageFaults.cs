using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>
/// What must never happen on a page, collected over all pages of a browser context: errors in the console, errors nobody caught, requests to anybody but the agent, and what
/// the Content-Security-Policy forbids.
/// </summary>
internal sealed class PageFaults
{
    // Runs before any script of the page, in each of its frames. A policy that is only violated in the console would do; this says what and where.
    private const string Watch = "document.addEventListener('securitypolicyviolation', e => window.plotuneTestViolation(`${e.effectiveDirective} forbids ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber}`));";

    private readonly ConcurrentQueue<string> _faults = [];
    private readonly ConcurrentQueue<string> _expected = [];
    private readonly Func<string> _agent;

    /// <param name="agent">Host and port of the agent, now.</param>
    public PageFaults(Func<string> agent) => _agent = agent;

    /// <summary>All that has happened and was not expected.</summary>
    public IReadOnlyList<string> All => [.. _faults.Where(fault => !_expected.Any(part => fault.Contains(part, StringComparison.Ordinal)))];

    /// <summary>A fault that holds this text is part of the test, such as the WebSocket that is lost when the agent is stopped.</summary>
    public void Expect(string part) => _expected.Enqueue(part);

    public async Task WatchAsync(IBrowserContext context)
    {
        context.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _faults.Enqueue($"console: {message.Text} ({message.Location})");
            }
        };
        context.WebError += (_, error) => _faults.Enqueue($"uncaught: {error.Error}");
        context.Request += (_, request) => CheckTarget(request.Url);
        context.Page += (_, page) => page.WebSocket += (_, socket) => CheckTarget(socket.Url);
        await context.ExposeBindingAsync("plotuneTestViolation", (BindingSource _, string violation) => _faults.Enqueue($"policy: {violation}"));
        await context.AddInitScriptAsync(Watch);
    }

    /// <summary>Waits until all that the page has told of so far has come: answers come in the order of what happened.</summary>
    public static async Task SettleAsync(IBrowserContext context)
    {
        foreach (var page in context.Pages.Where(page => !page.IsClosed))
        {
            await page.EvaluateAsync("() => new Promise(resolve => setTimeout(resolve))");
        }
    }

    private void CheckTarget(string url)
    {
        var uri = new Uri(url);
        if (uri.Scheme is "data" or "blob" or "about")
        {
            return;
        }

        if (uri.Authority != _agent())
        {
            _faults.Enqueue($"foreign: {url}");
        }
    }
}
