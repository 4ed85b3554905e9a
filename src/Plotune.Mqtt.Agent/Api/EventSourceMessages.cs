using System.Text.Json;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record EventSourcesAnswer(IReadOnlyList<EventSourceAnswer> EventSources);

/// <summary>One Redis event source as the API shows it; secrets as <c>***</c>.</summary>
/// <param name="Connection">A text, or a list of them where there are several.</param>
internal sealed record EventSourceAnswer(
    string Name,
    bool Enabled,
    string Host,
    int Port,
    int Db,
    string Username,
    string Password,
    bool Tls,
    TlsEntry TlsSettings,
    IReadOnlyList<string> Lists,
    IReadOnlyList<string> StatusKeys,
    IReadOnlyList<string> ControlLists,
    JsonElement Connection,
    string TopicPrefix,
    int? Qos,
    bool? Retain,
    IReadOnlyDictionary<string, bool> Events,
    IReadOnlyList<TopicOverrideEntry> Topics,
    EventSourceStateEntry State)
{
    public static EventSourceAnswer Of(RedisEventSource source, IOutboundQueues queues)
    {
        var settings = source.Settings;
        return new EventSourceAnswer(
            settings.Name,
            settings.Enabled,
            settings.Host,
            settings.Port,
            settings.Database,
            settings.UserName,
            settings.Password.ToString(),
            settings.UsesTls,
            TlsEntry.Of(settings.Tls),
            [.. settings.Lists],
            [.. settings.StatusKeys],
            [.. settings.ControlLists],
            settings.Connections is [var only] ? JsonSerializer.SerializeToElement(only, ApiJson.Readable.String) : JsonSerializer.SerializeToElement([.. settings.Connections], ApiJson.Readable.StringArray),
            settings.TopicPrefix,
            (int?)settings.QualityOfService,
            settings.Retain,
            settings.Events.ToDictionary(filter => filter.Type, filter => filter.Enabled, StringComparer.Ordinal),
            [.. settings.Topics.Select(topic => new TopicOverrideEntry(topic.Match, topic.Topic))],
            EventSourceStateEntry.Of(source.State, queues.TotalsOf(EventOutlet.SourceNameOf(settings.Name))));
    }
}

internal sealed record TopicOverrideEntry(string Match, string Topic);

/// <summary>Times in seconds since 1970.</summary>
/// <param name="Status">connecting, connected, waiting or disabled.</param>
/// <param name="Reason">Why; empty while all is well.</param>
/// <param name="Pending">Events still in Redis.</param>
/// <param name="Accepted">Events stored in the outbound queues.</param>
/// <param name="Queued">Of those, copies that wait for their broker; one for each connection.</param>
/// <param name="Oldest">When the oldest of those copies was stored; null if there is none, or not known because of all that waits before it.</param>
/// <param name="Published">Copies the brokers have.</param>
/// <param name="DeadLettered">Events put aside in Redis, and copies that a broker refused.</param>
/// <param name="LastDeadLetter">The newest event put aside in Redis; null if there was none.</param>
internal sealed record EventSourceStateEntry(
    string Status,
    double Since,
    string Reason,
    long Pending,
    long Accepted,
    long Queued,
    double? Oldest,
    long Published,
    long DeadLettered,
    long Filtered,
    long Reconnects,
    EventFaultEntry? LastDeadLetter)
{
    public static EventSourceStateEntry Of(EventSourceState state, OutboundTotals totals) => new(
        JsonNamingPolicy.CamelCase.ConvertName(state.Activity.ToString()),
        UnixTime.SecondsOf(state.Since),
        state.Reason,
        state.Pending,
        state.Accepted,
        totals.Depth,
        totals.Oldest is { } oldest ? UnixTime.SecondsOf(oldest) : null,
        totals.Published,
        state.DeadLettered + totals.DeadLettered,
        state.FilteredOut,
        state.Reconnects,
        state.LastFault is { } fault ? new EventFaultEntry(UnixTime.SecondsOf(fault.Time), fault.Reason) : null);
}

internal sealed record EventFaultEntry(double Time, string Reason);

/// <param name="Reason">What happened, as a sentence; also if all is well.</param>
/// <param name="Pending">Events in the lists.</param>
internal sealed record EventSourceTestAnswer(bool Success, string Reason, long Pending);
