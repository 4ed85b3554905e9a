using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record ConnectionsAnswer(IReadOnlyList<ConnectionAnswer> Connections);

/// <summary>One connection as the API shows it; secrets as <c>***</c>.</summary>
internal sealed record ConnectionAnswer(
    string Name,
    bool Enabled,
    string Host,
    int Port,
    string Transport,
    string Path,
    IReadOnlyDictionary<string, string> Headers,
    ProxyEntry? Proxy,
    string Protocol,
    string ClientId,
    string Username,
    string Password,
    long KeepAlive,
    bool CleanSession,
    long SessionExpiry,
    IReadOnlyList<TopicEntry> Topics,
    string ShareGroup,
    TlsEntry Tls,
    WillEntry? Will,
    bool FollowRedirect,
    int Workers,
    bool Producer,
    double? ProducerSince,
    string ProducerTopic,
    int ProducerQos,
    bool Retain,
    bool TakeOwnMessages,
    string SigningSecret,
    string VerifySecret,
    ConnectionStateEntry State)
{
    /// <param name="isBridgeProducer">Bridged variables are published through this connection.</param>
    public static ConnectionAnswer Of(ConnectionSnapshot snapshot, bool isBridgeProducer)
    {
        var config = snapshot.Config;
        return new ConnectionAnswer(
            config.Name,
            config.Enabled,
            config.Host,
            config.Port,
            Transports.NameOf(config.Transport),
            config.Path,
            config.Headers.ToDictionary(header => header.Name, header => header.Value.ToString()),
            config.Proxy is { } proxy ? new ProxyEntry(proxy.Host, proxy.Port, proxy.UserName, proxy.Password.ToString()) : null,
            ProtocolText.NameOf(config.Protocol),
            config.ClientId,
            config.UserName,
            config.Password.ToString(),
            (long)config.KeepAlive.TotalSeconds,
            config.CleanSession,
            (long)config.SessionExpiry.TotalSeconds,
            [.. config.Topics.Select(TopicEntry.Of)],
            config.ShareGroup,
            TlsEntry.Of(config.Tls),
            config.Will is { } will ? new WillEntry(will.Topic, will.Payload, (int)will.QualityOfService, will.Retain, (long)will.Delay.TotalSeconds) : null,
            config.FollowRedirect,
            config.Workers,
            config.Producer,
            config.ProducerSince is { } since ? UnixTime.SecondsOf(since) : null,
            config.ProducerTopic,
            (int)config.ProducerQos,
            config.Retain,
            config.TakeOwnMessages,
            config.SigningSecret.ToString(),
            config.VerifySecret.ToString(),
            ConnectionStateEntry.Of(snapshot, isBridgeProducer));
    }
}

internal sealed record TopicEntry(string Filter, int Qos, int RetainHandling, bool RetainAsPublished, bool NoLocal)
{
    public static TopicEntry Of(TopicFilterConfig topic) =>
        new(topic.Filter, (int)topic.QualityOfService, (int)topic.RetainHandling, topic.RetainAsPublished, topic.NoLocal);
}

internal sealed record ProxyEntry(string Host, int Port, string Username, string Password);

/// <param name="Delay">Will Delay Interval in seconds.</param>
internal sealed record WillEntry(string Topic, string Payload, int Qos, bool Retain, long Delay);

internal sealed record TlsEntry(
    string Ca,
    string Certificate,
    string Key,
    string KeyPassword,
    string ServerName,
    string MinVersion,
    string Verify,
    bool CheckRevocation,
    IReadOnlyList<string> Alpn)
{
    public static TlsEntry Of(TlsConfig tls) => new(
        tls.Ca,
        tls.Certificate,
        tls.Key.ToString(),
        tls.KeyPassword.ToString(),
        tls.ServerName,
        TlsText.NameOf(tls.MinimumVersion),
        TlsText.NameOf(tls.Verify),
        tls.CheckRevocation,
        [.. tls.ApplicationProtocols]);
}

/// <summary>Times in seconds since 1970, <paramref name="RetryIn"/> in seconds.</summary>
/// <param name="Tls">none, verified or unverified.</param>
/// <param name="LastMessageAt">When the newest message came, those on topics of our own left out; null before the first.</param>
/// <param name="RestartedAt">When a worker was last started again; null before.</param>
/// <param name="ReconnectedAt">When the last reconnect was; null before.</param>
/// <param name="Rate">Messages a second now; null while no worker is connected.</param>
/// <param name="Rates">Messages a second over the last five minutes: 150 numbers, one for two seconds, oldest first; null where nothing is known.</param>
/// <param name="BridgeProducer">Bridged variables are published through this connection.</param>
internal sealed record ConnectionStateEntry(
    string Status,
    double Since,
    string Reason,
    string ReasonName,
    int Attempt,
    double? RetryIn,
    int? WorkerPid,
    IReadOnlyList<WorkerEntry> Workers,
    string Protocol,
    string Tls,
    string ClientId,
    long Received,
    double? LastMessageAt,
    long Bytes,
    long Samples,
    long DecodeFailures,
    IReadOnlyDictionary<string, long> DecodeFailuresByReason,
    int Signals,
    long SignalsRefused,
    long OwnMessages,
    long Resent,
    long Restarts,
    double? RestartedAt,
    long Reconnects,
    double? ReconnectedAt,
    double? Rate,
    IReadOnlyList<double?> Rates,
    bool BridgeProducer,
    OutboundEntry Outbound,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<NoticeEntry> Notices)
{
    public static ConnectionStateEntry Of(ConnectionSnapshot snapshot, bool isBridgeProducer)
    {
        var state = snapshot.State;
        return new ConnectionStateEntry(
            state.Status,
            UnixTime.SecondsOf(state.Since),
            state.Reason,
            state.ReasonName,
            state.Attempt,
            state.RetryIn,
            state.WorkerPid,
            [.. state.Workers.Select(worker => new WorkerEntry(worker.ProcessId, worker.Status, worker.Reason, worker.ClientId, worker.Received, worker.Restarts))],
            state.Protocol,
            TlsOf(snapshot.Config),
            state.ClientId,
            state.Received,
            state.LastMessage is { } last ? UnixTime.SecondsOf(last) : null,
            state.Bytes,
            state.Samples,
            state.DecodeFailures,
            state.DecodeFailuresByReason,
            state.Signals,
            state.SignalsRefused,
            state.OwnMessages,
            state.Resent,
            state.Restarts,
            state.RestartedAt is { } restarted ? UnixTime.SecondsOf(restarted) : null,
            state.Reconnects,
            state.ReconnectedAt is { } reconnected ? UnixTime.SecondsOf(reconnected) : null,
            state.Rate,
            state.Rates,
            isBridgeProducer,
            OutboundEntry.Of(state.Outbound),
            ConnectionWarnings.Of(snapshot.Config),
            [.. state.Notices.Select(notice => NoticeJson.Of("", notice))]);
    }

    private static string TlsOf(BrokerConnectionConfig config)
    {
        if (!Transports.HasTls(config.Transport)) return "none";
        return ConnectionWarnings.IsUnverified(config) ? "unverified" : "verified";
    }
}

/// <summary>What waits to be published, and what became of what was.</summary>
/// <param name="Oldest">When the oldest that waits was accepted, in seconds since 1970; null if none waits.</param>
/// <param name="DeadLetters">Kept now; <paramref name="DeadLettered"/> counts all.</param>
/// <param name="Refused">Times a source was told to wait because the queue was full.</param>
/// <param name="Full">Something found no room, and there is not yet enough for another try.</param>
internal sealed record OutboundEntry(
    long Depth, long Bytes, double? Oldest, long Published, long Retried, long DeadLettered, int DeadLetters, long DeadLettersDropped, long Dropped, long Expired, long Refused, bool Full)
{
    public static OutboundEntry Of(OutboundState state) => new(
        state.Depth,
        state.Bytes,
        state.Oldest is { } oldest ? UnixTime.SecondsOf(oldest) : null,
        state.Published,
        state.Retried,
        state.DeadLettered,
        state.DeadLetters,
        state.DeadLettersDropped,
        state.Dropped,
        state.Expired,
        state.Refused,
        state.IsFull);
}

internal sealed record WorkerEntry(int? Pid, string Status, string Reason, string ClientId, long Received, long Restarts);

internal sealed record TestAnswer(bool Success, string Stage, string Reason, string Protocol, IReadOnlyList<TestTopicEntry> Topics, IReadOnlyList<string> Warnings)
{
    public static TestAnswer Of(ConnectionTestResult result, BrokerConnectionConfig config) => new(
        result.Success,
        result.Stage,
        result.Reason,
        result.Protocol,
        [.. result.Topics.Select(topic => new TestTopicEntry(topic.Filter, topic.Granted, topic.Reason))],
        ConnectionWarnings.Of(config));
}

internal sealed record TestTopicEntry(string Filter, int? Granted, string Reason);
