using System.Diagnostics;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>Waits for a condition that has a name, so that a failure says what did not happen.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Task ThatAsync(string what, Func<bool> condition) => ThatAsync(what, () => Task.FromResult(condition()));

    public static async Task ThatAsync(string what, Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < Deadline, $"Did not happen within {Deadline.TotalSeconds} s: {what}");
            await PauseAsync();
        }
    }

    /// <summary>The pause between two looks at a condition; nothing depends on its length.</summary>
    public static Task PauseAsync() => Task.Delay(20, TestContext.Current.CancellationToken);
}
