using System.Collections.Concurrent;
using System.Text.Json;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Passes what the connection says on to the agent. A refused or lowered filter is one notice until the broker answers otherwise or the filter is
/// no longer asked for.
/// </summary>
internal sealed class ConnectionReporter : IConnectionObserver
{
    private readonly ControlOutbox _outbox;
    private readonly ConcurrentDictionary<string, string> _noticed = new(StringComparer.Ordinal);
    private readonly SubscriptionAnswers _answers;
    private volatile WorkerTopic[] _wanted;

    public ConnectionReporter(ControlOutbox outbox, WorkerTopic[] wanted)
    {
        _outbox = outbox;
        _wanted = wanted;
        _answers = new SubscriptionAnswers(wanted);
    }

    /// <summary>The list of topics is about to be replaced; any thread.</summary>
    public void Wants(WorkerTopic[] topics)
    {
        _wanted = topics;
        _answers.Wants(topics);
        ReportSubscriptions();
        foreach (string filter in _noticed.Keys)
        {
            if (!topics.Any(topic => topic.Filter == filter))
                _noticed.TryRemove(filter, out _);
        }
    }

    public void StatusChanged(ConnectionStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        var report = new WorkerStatus
        {
            State = Name(status.State),
            Since = Seconds(status.Since),
            Reason = status.Reason,
            ReasonName = status.ReasonName,
            NeedsAttention = status.NeedsAttention,
            Attempt = status.Attempt,
            RetryAt = status.RetryAt is { } retryAt ? Seconds(retryAt) : null,
            Protocol = status.Protocol,
            ClientId = status.ClientId,
            Reconnects = status.Reconnects,
            Reached = status.Reached,
        };
        if (status.State == ConnectionState.Connected)
        {
            _answers.Connected();
            ReportSubscriptions();
        }

        _outbox.Post(FrameKind.Status, JsonSerializer.SerializeToUtf8Bytes(report, WorkerJson.Default.WorkerStatus));
    }

    public void SubscriptionRefused(string filter, string reasonName, string reason)
    {
        _answers.Refused(filter, reason);
        ReportSubscriptions();
        NoticeOnce(filter, reasonName, new WorkerNotice(WorkerNoticeKinds.FilterRefused, filter, $"{reason} It is asked for again at the next connect; the other filters work."));
    }

    public void SubscriptionGranted(string filter, QualityOfService granted)
    {
        _answers.Granted(filter, (int)granted);
        ReportSubscriptions();
        int asked = _wanted.FirstOrDefault(topic => topic.Filter == filter)?.Qos ?? 0;
        if ((int)granted < asked)
            NoticeOnce(filter, granted.ToString(), new WorkerNotice(WorkerNoticeKinds.FilterGrantedLower, filter, $"The broker granted QoS {(int)granted} instead of {asked}."));
        else
            _noticed.TryRemove(filter, out _);
    }

    public void Unsubscribed(string filter, string reasonName, string reason)
    {
        _answers.Ended(filter);
        ReportSubscriptions();
    }

    public void SessionLost() =>
        Notice(new WorkerNotice(WorkerNoticeKinds.SessionLost, "", "The broker no longer had our session: messages sent while we were away may be missing."));

    public void SubscriptionsHeld(IReadOnlyList<HeldSubscription> subscriptions) => _outbox.PostState(
        FrameKind.HeldTopics,
        () => JsonSerializer.SerializeToUtf8Bytes(ConnectionSettings.ToHeldTopics(subscriptions), WorkerJson.Default.WorkerHeldTopicArray));

    /// <summary>Passes a notice on; never blocks; any thread.</summary>
    public void Notice(WorkerNotice notice) => _outbox.Post(FrameKind.Notice, JsonSerializer.SerializeToUtf8Bytes(notice, WorkerJson.Default.WorkerNotice));

    private void ReportSubscriptions() => _outbox.PostState(
        FrameKind.Subscriptions, () => JsonSerializer.SerializeToUtf8Bytes(_answers.Current, WorkerJson.Default.WorkerSubscriptionArray));

    private void NoticeOnce(string filter, string answer, WorkerNotice notice)
    {
        if (_noticed.TryGetValue(filter, out string? noticed) && noticed == answer)
            return;

        _noticed[filter] = answer;
        Notice(notice);
    }

    private static string Name(ConnectionState state) => state switch
    {
        ConnectionState.Connecting => "connecting",
        ConnectionState.Connected => "connected",
        ConnectionState.Waiting => "waiting",
        ConnectionState.Failed => "failed",
        _ => "stopped",
    };

    private static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;
}
