using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>The built-in broker as the API shows it; the password as <c>***</c>.</summary>
internal sealed record BuiltInBrokerAnswer(
    bool Enabled, int Port, int WebsocketPort, string Bind, string Username, string Password, BuiltInBrokerState State)
{
    public static BuiltInBrokerAnswer Of(BuiltInBrokerService broker, BrokerCounters counters)
    {
        var settings = broker.Settings;
        return new BuiltInBrokerAnswer(
            settings.Enabled,
            settings.Port,
            settings.WebSocketPort,
            settings.Bind.ToString(),
            settings.UserName,
            settings.Password is null ? "" : Secret.Mask,
            BuiltInBrokerState.Of(broker, counters));
    }
}

/// <param name="Status">off, listening or failed.</param>
/// <param name="Reason">Why it does not run although it should; empty if all is well.</param>
/// <param name="Warnings">Other connections that lead to it, as sentences.</param>
internal sealed record BuiltInBrokerState(
    string Status,
    string Reason,
    string Address,
    string WebsocketAddress,
    string Note,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<BuiltInBrokerClientEntry> Clients,
    int Sessions,
    int RetainedMessages,
    long RetainedBytes,
    long QueuedBytes,
    long Received,
    long Sent,
    IReadOnlyDictionary<string, long> Refused,
    IReadOnlyDictionary<string, long> Dropped,
    BuiltInBrokerLimitsEntry Limits)
{
    public static BuiltInBrokerState Of(BuiltInBrokerService broker, BrokerCounters counters)
    {
        var server = broker.Server;
        return new BuiltInBrokerState(
            server is not null ? "listening" : broker.Settings.Enabled ? "failed" : "off",
            broker.Reason,
            server is null ? "" : $"mqtt://{server.Address}",
            server?.WebSocketAddress?.ToString() ?? "",
            "Retained messages and sessions are kept in memory only: they end with the broker.",
            broker.Warnings,
            [.. (server?.Clients ?? []).Select(BuiltInBrokerClientEntry.Of)],
            server?.SessionCount ?? 0,
            server?.RetainedMessages ?? 0,
            server?.RetainedBytes ?? 0,
            server?.QueuedBytes ?? 0,
            counters.Received,
            counters.Sent,
            counters.RefusedByReason,
            counters.DroppedByReason,
            BuiltInBrokerLimitsEntry.Of(broker.Settings.ToOptions().Limits));
    }
}

/// <param name="ConnectedSince">Seconds since 1970.</param>
/// <param name="Received">Messages from it.</param>
/// <param name="Sent">Messages to it.</param>
/// <param name="Queued">Messages that wait for it to take or to acknowledge them.</param>
internal sealed record BuiltInBrokerClientEntry(
    string ClientId, string Address, string Protocol, string Username, double ConnectedSince, long Received, long Sent, int Queued)
{
    public static BuiltInBrokerClientEntry Of(BrokerClient client) =>
        new(client.ClientId, client.Address, client.Protocol, client.UserName, UnixTime.SecondsOf(client.ConnectedSince), client.Received, client.Sent, client.Queued);
}

/// <inheritdoc cref="BrokerLimits"/>
internal sealed record BuiltInBrokerLimitsEntry(
    int Clients,
    int Sessions,
    double SessionTime,
    int QueuedMessages,
    long QueuedBytes,
    long QueuedBytesInTotal,
    int RetainedMessages,
    long RetainedBytes,
    int PacketBytes,
    int Subscriptions)
{
    public static BuiltInBrokerLimitsEntry Of(BrokerLimits limits) => new(
        limits.Clients,
        limits.Sessions,
        limits.SessionTime.TotalSeconds,
        limits.QueuedMessages,
        limits.QueuedBytes,
        limits.QueuedBytesInTotal,
        limits.RetainedMessages,
        limits.RetainedBytes,
        limits.PacketBytes,
        limits.Subscriptions);
}
