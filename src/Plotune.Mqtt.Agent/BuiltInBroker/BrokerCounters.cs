namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The broker's totals since the process began; they go on when the broker is switched off and on. Thread-safe.</summary>
internal sealed partial class BrokerCounters(TimeProvider timeProvider, ILogger logger)
{
    /// <summary>A limit that was not met for this long begins a new episode, and with it a new log line.</summary>
    private static readonly TimeSpan EpisodeGap = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Tally> _refused = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Tally> _dropped = new(StringComparer.Ordinal);
    private long _received;
    private long _sent;

    /// <summary>PUBLISH packets taken from clients.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>PUBLISH packets sent to clients.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Connections, subscriptions and publications refused, by <see cref="BrokerReason"/>.</summary>
    public IReadOnlyDictionary<string, long> RefusedByReason => Read(_refused);

    /// <summary>Messages not delivered to a client, or not kept, by <see cref="BrokerReason"/>.</summary>
    public IReadOnlyDictionary<string, long> DroppedByReason => Read(_dropped);

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountSent() => Interlocked.Increment(ref _sent);

    /// <param name="who">Client Identifier or address.</param>
    public void Refuse(string reason, string who, string text)
    {
        if (Count(_refused, reason)) Log.Refused(logger, LogText.Of(who), LogText.Of(text), reason);
    }

    /// <inheritdoc cref="Refuse"/>
    public void Drop(string reason, string who, string text)
    {
        if (Count(_dropped, reason)) Log.Dropped(logger, LogText.Of(who), LogText.Of(text), reason);
    }

    /// <returns>Whether an episode begins.</returns>
    private bool Count(SortedDictionary<string, Tally> tallies, string reason)
    {
        var now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            var known = tallies.TryGetValue(reason, out var tally);
            tallies[reason] = new Tally(tally.Count + 1, now);
            return !known || timeProvider.GetElapsedTime(tally.Last, now) > EpisodeGap;
        }
    }

    private Dictionary<string, long> Read(SortedDictionary<string, Tally> tallies)
    {
        lock (_lock) return tallies.ToDictionary(entry => entry.Key, entry => entry.Value.Count, StringComparer.Ordinal);
    }

    private readonly record struct Tally(long Count, long Last);

    private static partial class Log
    {
        [LoggerMessage(3600, LogLevel.Warning, "Built-in broker: {Who} was refused: {Text} Counted as '{Reason}'; said once per episode.")]
        public static partial void Refused(ILogger logger, string who, string text, string reason);

        [LoggerMessage(3601, LogLevel.Warning, "Built-in broker: {Who} loses messages: {Text} Counted as '{Reason}'; said once per episode.")]
        public static partial void Dropped(ILogger logger, string who, string text, string reason);
    }
}
