using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record BridgesAnswer(IReadOnlyList<BridgeAnswer> Bridges);

/// <summary>One bridge as the API shows it.</summary>
/// <param name="Connection">The connection it publishes through; empty if there is none.</param>
/// <param name="Topic">The topic it publishes to; empty if there is no connection.</param>
/// <param name="RateLimit">Samples a second; 0 is no limit.</param>
internal sealed record BridgeAnswer(
    string Name, string SourceIp, int SourcePort, string Connection, string Topic, double RateLimit, double DeadBand, BridgeStateEntry State)
{
    public static BridgeAnswer Of(BridgeSnapshot snapshot) => new(
        snapshot.Config.Name,
        snapshot.Config.Source.Host,
        snapshot.Config.Source.Port,
        snapshot.Producer?.Connection ?? "",
        snapshot.Producer?.TopicOf(snapshot.Config.Name) ?? "",
        snapshot.Config.Options.SamplesPerSecond,
        snapshot.Config.Options.DeadBand,
        BridgeStateEntry.Of(snapshot));
}

/// <summary>Times in seconds since 1970, <paramref name="RetryIn"/> in seconds. All but <paramref name="QueueDepth"/> count since the agent started.</summary>
/// <param name="Received">Messages from the source.</param>
/// <param name="QueueDepth">Samples stored and not yet published.</param>
/// <param name="Oldest">When the oldest of them was stored; null if there is none, or not known because of all that waits before it.</param>
/// <param name="Failed">Unreadable messages and dead letters together.</param>
/// <param name="LastFault">What was wrong with the newest unreadable message.</param>
/// <param name="Skipped">Left out because of rate limit or dead band.</param>
/// <param name="Repeated">History that the source sent again.</param>
/// <param name="Dropped">Left out because the queue was full.</param>
internal sealed record BridgeStateEntry(
    string Status,
    double Since,
    string Reason,
    int Attempt,
    double? RetryIn,
    long Received,
    long Accepted,
    long QueueDepth,
    double? Oldest,
    long Published,
    long Failed,
    long Unreadable,
    string LastFault,
    long DeadLettered,
    long Skipped,
    long Repeated,
    long Dropped,
    long Expired)
{
    public static BridgeStateEntry Of(BridgeSnapshot snapshot)
    {
        var (state, totals) = (snapshot.State, snapshot.Totals);
        return new BridgeStateEntry(
            state.Status,
            UnixTime.SecondsOf(state.Since),
            state.Reason,
            state.Attempt,
            state.RetryIn,
            state.Received,
            state.Accepted,
            totals.Depth,
            totals.Oldest is { } oldest ? UnixTime.SecondsOf(oldest) : null,
            totals.Published,
            state.Unreadable + totals.DeadLettered,
            state.Unreadable,
            state.LastFault,
            totals.DeadLettered,
            state.Skipped,
            state.Repeated,
            totals.Dropped,
            totals.Expired);
    }
}
