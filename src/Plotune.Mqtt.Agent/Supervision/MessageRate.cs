namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Messages a second of one worker, from counts it reports twice a second while they change. Not thread-safe.</summary>
internal sealed class MessageRate(TimeProvider timeProvider)
{
    /// <summary>A count that was reported longer ago has not changed since: it holds for now.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>Below this the moment of the report would count for more than the messages.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);

    private long _reportedAt = timeProvider.GetTimestamp();
    private long _measuredAt = timeProvider.GetTimestamp();
    private long _measured;

    /// <summary>What was measured last.</summary>
    public double PerSecond { get; private set; }

    /// <summary>A count came.</summary>
    public void Reported() => _reportedAt = timeProvider.GetTimestamp();

    /// <summary>The mean since the last call. The ends are those of the reports, so that a steady stream has a steady rate.</summary>
    /// <param name="count">Messages up to the newest report.</param>
    public double Measure(long count)
    {
        var now = timeProvider.GetTimestamp();
        var at = timeProvider.GetElapsedTime(_reportedAt, now) < Fresh ? _reportedAt : now;
        var elapsed = timeProvider.GetElapsedTime(_measuredAt, at);
        if (elapsed < Shortest)
            return PerSecond;

        PerSecond = (count - _measured) / elapsed.TotalSeconds;
        (_measured, _measuredAt) = (count, at);
        return PerSecond;
    }
}
