namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A connection's messages a second over the last five minutes, one number for every two seconds. Not thread-safe.</summary>
internal sealed class RateHistory(TimeProvider timeProvider)
{
    /// <summary>Numbers kept.</summary>
    public const int Length = 150;

    /// <summary>The time one number stands for.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly double?[] _rates = new double?[Length];
    private long _last = timeProvider.GetTimestamp();
    private int _next;

    /// <summary>The newest number; null where nothing is known.</summary>
    public double? Newest => _rates[(_next + Length - 1) % Length];

    /// <summary>All of them, oldest first; null where nothing is known.</summary>
    public double?[] OldestFirst => [.. _rates[_next..], .. _rates[.._next]];

    /// <summary>Adds what was measured now, once in every <see cref="Interval"/>: a second call within one is left out, and those that were missed stand as unknown.</summary>
    public void Add(double? rate)
    {
        var passed = (long)Math.Round(timeProvider.GetElapsedTime(_last) / Interval);
        if (passed <= 0)
            return;

        _last += passed * (long)(Interval.TotalSeconds * timeProvider.TimestampFrequency);
        for (var missed = Math.Min(passed, Length) - 1; missed > 0; missed--)
            Put(null);
        Put(rate is { } known ? Math.Round(known, 2) : null);
    }

    private void Put(double? rate)
    {
        _rates[_next] = rate;
        _next = (_next + 1) % Length;
    }
}
