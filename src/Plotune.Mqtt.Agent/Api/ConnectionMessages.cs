using Plotune.Mqtt.Agent.Configuration;
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
    bool Producer,
    string ProducerTopic,
    bool Retain,
    string SigningSecret,
    string VerifySecret,
    ConnectionStateEntry State)
{
    public static ConnectionAnswer Of(ConnectionSnapshot snapshot)
    {
        var config = snapshot.Config;
        return new ConnectionAnswer(
            config.Name,
            config.Enabled,
            config.Host,
            config.Port,
            ConnectionReader.NameOf(config.Transport),
            config.Path,
            ProtocolText.NameOf(config.Protocol),
            config.ClientId,
            config.UserName,
            config.Password.ToString(),
            (long)config.KeepAlive.TotalSeconds,
            config.CleanSession,
            (long)config.SessionExpiry.TotalSeconds,
            [.. config.Topics.Select(topic => new TopicEntry(topic.Filter, (int)topic.QualityOfService))],
            config.ShareGroup,
            TlsEntry.Of(config.Tls),
            config.Producer,
            config.ProducerTopic,
            config.Retain,
            config.SigningSecret.ToString(),
            config.VerifySecret.ToString(),
            ConnectionStateEntry.Of(snapshot.State));
    }
}

internal sealed record TopicEntry(string Filter, int Qos);

internal sealed record TlsEntry(string Ca, string Certificate, string Key, string KeyPassword, string ServerName, string MinVersion, string Verify)
{
    public static TlsEntry Of(TlsConfig tls) => new(
        tls.Ca,
        tls.Certificate,
        tls.Key.ToString(),
        tls.KeyPassword.ToString(),
        tls.ServerName,
        ConnectionReader.NameOf(tls.MinimumVersion),
        ConnectionReader.NameOf(tls.Verify));
}

/// <summary>Times in seconds since 1970, <paramref name="RetryIn"/> in seconds.</summary>
internal sealed record ConnectionStateEntry(
    string Status,
    double Since,
    string Reason,
    string ReasonName,
    int Attempt,
    double? RetryIn,
    int? WorkerPid,
    string Protocol,
    string ClientId,
    long Received,
    long Bytes,
    long Samples,
    long DecodeFailures,
    IReadOnlyDictionary<string, long> DecodeFailuresByReason,
    int Signals,
    long SignalsRefused,
    long Restarts,
    long Reconnects,
    IReadOnlyList<NoticeEntry> Notices)
{
    public static ConnectionStateEntry Of(ConnectionStateView state) => new(
        state.Status,
        UnixTime.SecondsOf(state.Since),
        state.Reason,
        state.ReasonName,
        state.Attempt,
        state.RetryIn,
        state.WorkerPid,
        state.Protocol,
        state.ClientId,
        state.Received,
        state.Bytes,
        state.Samples,
        state.DecodeFailures,
        state.DecodeFailuresByReason,
        state.Signals,
        state.SignalsRefused,
        state.Restarts,
        state.Reconnects,
        [.. state.Notices.Select(notice => NoticeJson.Of("", notice))]);
}

internal sealed record TestAnswer(bool Success, string Stage, string Reason, string Protocol, IReadOnlyList<TestTopicEntry> Topics)
{
    public static TestAnswer Of(ConnectionTestResult result) =>
        new(result.Success, result.Stage, result.Reason, result.Protocol, [.. result.Topics.Select(topic => new TestTopicEntry(topic.Filter, topic.Granted, topic.Reason))]);
}

internal sealed record TestTopicEntry(string Filter, int? Granted, string Reason);
