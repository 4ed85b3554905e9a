using Microsoft.Playwright;
using Xunit.Sdk;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The base of the page's tests fails on what a page must not do; here it is done on purpose.</summary>
public sealed class MonitorTestTests(BrowserFixture browser)
{
    private const string Foreign = "http://foreign.invalid/picture.svg";

    [Fact]
    public Task A_test_whose_page_writes_an_error_to_the_console_fails() =>
        AssertFailsAsync("console: it went wrong", page => page.EvaluateAsync("() => console.error('it went wrong')"));

    [Fact]
    public Task A_test_whose_page_throws_what_nobody_catches_fails() =>
        AssertFailsAsync("uncaught: Error: it went wrong", page => page.EvaluateAsync("() => { setTimeout(() => { throw new Error('it went wrong'); }); }"));

    [Fact]
    public Task A_test_whose_page_lets_a_promise_fail_unseen_fails() =>
        AssertFailsAsync("uncaught: Error: it went wrong", page => page.EvaluateAsync("() => { Promise.reject(new Error('it went wrong')); }"));

    [Fact]
    public Task A_test_whose_page_misses_a_file_fails() =>
        AssertFailsAsync("404", page => page.EvaluateAsync("() => fetch('/monitor/no-such-file.js')"));

    [Fact]
    public Task An_inline_script_is_not_run_and_the_test_fails() => AssertFailsAsync(
        "policy: script-src-elem forbids inline",
        async page =>
        {
            await page.EvaluateAsync("() => { const script = document.createElement('script'); script.text = 'window.wasRun = true'; document.head.append(script); }");
            Assert.False(await page.EvaluateAsync<bool>("() => !!window.wasRun"));
        });

    [Fact]
    public Task An_inline_style_from_markup_is_not_applied_and_the_test_fails() => AssertFailsAsync(
        "policy: style-src-attr forbids inline", page => page.EvaluateAsync("() => document.body.setAttribute('style', 'color: red')"));

    [Fact]
    public Task A_request_to_another_host_is_not_made_and_the_test_fails() =>
        AssertFailsAsync("policy: connect-src forbids http://foreign.invalid", page => page.EvaluateAsync($"() => fetch('{Foreign}').catch(() => 0)"));

    [Fact]
    public Task A_page_whose_policy_allowed_a_request_to_another_host_would_not_pass_either() => AssertFailsAsync(
        $"foreign: {Foreign}",
        async page =>
        {
            await page.RouteAsync("**/open", route => route.FulfillAsync(new() { ContentType = "text/html", Body = $"<!doctype html><title>open</title><img alt='' src='{Foreign}'>" }));
            await page.RouteAsync(Foreign, route => route.FulfillAsync(new() { ContentType = "image/svg+xml", Body = "<svg xmlns='http://www.w3.org/2000/svg'/>" }));
            await page.GotoAsync("/open");
        });

    [Fact]
    public Task A_WebSocket_to_another_host_does_not_pass_either() => AssertFailsAsync(
        "foreign: ws://foreign.invalid/",
        async page =>
        {
            await page.RouteAsync("**/open", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><title>open</title>" }));
            await page.GotoAsync("/open");
            await page.EvaluateAsync("() => new Promise(resolve => { new WebSocket('ws://foreign.invalid/').onerror = resolve; })");
        });

    [Fact]
    public async Task What_a_test_expects_does_not_fail_it()
    {
        await using var test = await BegunTest.BeginAsync(browser);
        var page = await test.PageAsync();
        test.Expect("went wrong");
        await page.EvaluateAsync("() => console.error('it went wrong')");
    }

    [Fact]
    public async Task The_page_is_said_not_to_be_accessible_where_it_is_not()
    {
        await using var test = await BegunTest.BeginAsync(browser);
        var page = await test.PageAsync();
        await BegunTest.AccessibleAsync(page);
        await page.EvaluateAsync("() => document.body.append(document.createElement('button'))");

        var failure = await Assert.ThrowsAnyAsync<XunitException>(() => BegunTest.AccessibleAsync(page));

        Assert.Contains("button-name", failure.Message, StringComparison.Ordinal);
    }

    private async Task AssertFailsAsync(string fault, Func<IPage, Task> act)
    {
        var test = await BegunTest.BeginAsync(browser);
        await using (var ending = new AsyncEnd(test))
        {
            await act(await test.PageAsync());
            var failure = await Assert.ThrowsAnyAsync<XunitException>(async () => await ending.EndAsync());
            Assert.Contains(fault, failure.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A test of the page that is run by another test.</summary>
    private sealed class BegunTest(BrowserFixture browser) : MonitorTest(browser)
    {
        public static async Task<BegunTest> BeginAsync(BrowserFixture browser)
        {
            var test = new BegunTest(browser);
            await test.InitializeAsync();
            return test;
        }

        public Task<IPage> PageAsync() => OpenAsync();

        public void Expect(string part) => Faults.Expect(part);

        public static Task AccessibleAsync(IPage page) => AssertAccessibleAsync(page);
    }

    /// <summary>Ends a test once.</summary>
    private sealed class AsyncEnd(IAsyncDisposable test) : IAsyncDisposable
    {
        private bool _ended;

        public async Task EndAsync()
        {
            _ended = true;
            await test.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!_ended)
            {
                await test.DisposeAsync();
            }
        }
    }
}
