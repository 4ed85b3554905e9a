using System.Diagnostics;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>Waits for a condition with a name and a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task TrueAsync(string what, Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                Assert.Fail($"Did not happen in {Deadline.TotalSeconds} s: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
