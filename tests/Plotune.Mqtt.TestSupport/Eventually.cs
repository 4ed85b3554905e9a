using System.Diagnostics;

namespace Plotune.Mqtt.TestSupport;

/// <summary>Waits for a condition that has a name and a deadline.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take unless a test says otherwise. Generous: it bounds a failure, it does not pace a success.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Completes once <paramref name="condition"/> holds.</summary>
    /// <param name="what">Reads well after "did not happen: ".</param>
    /// <param name="state">What is shown of the actual state in a failure.</param>
    public static async Task TrueAsync(
        string what,
        Func<bool> condition,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null,
        Func<object?>? state = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var limit = deadline ?? DefaultDeadline;
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > limit)
            {
                var seen = state is null ? "" : $" Seen instead: {state()}";
                throw new UnmetExpectationException($"Did not happen within {limit.TotalSeconds:0.#} s: {what}.{seen}");
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    /// <summary>Completes with <paramref name="task"/>, or fails by name at the deadline.</summary>
    public static async Task<T> CompletesAsync<T>(string what, Task<T> task, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        var limit = deadline ?? DefaultDeadline;
        try
        {
            return await task.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException exception) when (!task.IsCompleted)
        {
            throw new UnmetExpectationException($"Did not happen within {limit.TotalSeconds:0.#} s: {what}.", exception);
        }
    }

    /// <inheritdoc cref="CompletesAsync{T}"/>
    public static async Task CompletesAsync(string what, Task task, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        await CompletesAsync(what, Awaited(task), cancellationToken, deadline);

        static async Task<bool> Awaited(Task task)
        {
            await task;
            return true;
        }
    }
}
