using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>The parts of the page that several tests look for, by what they are called for everybody.</summary>
internal static class PageLocators
{
    /// <summary>All that is shown of one connection.</summary>
    public static ILocator Connection(this IPage page, string name) => page.GetByRole(AriaRole.Article, new() { Name = $"Connection {name}", Exact = true });

    public static ILocator Button(this ILocator within, string name) => within.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator OpenDialog(this IPage page) => page.GetByRole(AriaRole.Dialog);

    public static ILocator View(this IPage page, string name) => page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = name });

    /// <summary>A field of a form by its whole label.</summary>
    public static ILocator Labelled(this ILocator within, string label) => within.GetByLabel(label, new() { Exact = true });

    /// <summary>Opens or closes a part of a form.</summary>
    public static Task ToggleAsync(this ILocator dialog, string section) => dialog.Locator("summary").Filter(new() { HasText = section }).First.ClickAsync();

    /// <summary>Tests a connection until its result holds the text, as a person would test again: on a busy machine a worker may take longer to start than the agent waits for a test.</summary>
    public static async Task TestUntilAsync(this ILocator within, string expected)
    {
        const string TooLate = "gave no answer within";
        var result = within.Locator(".test-result");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await within.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Test( again)?$") }).ClickAsync();
            await Assertions.Expect(result).ToContainTextAsync(new Regex($"{Regex.Escape(expected)}|{TooLate}"));
            if (!(await result.TextContentAsync() ?? "").Contains(TooLate, StringComparison.Ordinal))
            {
                break;
            }
        }

        await Assertions.Expect(result).ToContainTextAsync(expected);
    }

    /// <summary>Marks the document, so that <see cref="IsAsOpenedAsync"/> can tell whether it was loaded anew.</summary>
    public static Task MarkAsync(this IPage page) => page.EvaluateAsync("() => { window.plotuneTestMark = true; }");

    public static Task<bool> IsAsOpenedAsync(this IPage page) => page.EvaluateAsync<bool>("() => window.plotuneTestMark === true");

    public static Task<bool> IsWiderThanItsWindowAsync(this IPage page) => page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth");
}
