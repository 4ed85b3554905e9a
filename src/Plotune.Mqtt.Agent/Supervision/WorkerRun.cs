using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Takes in what one run of a worker sends: samples into the signal store, everything else into the worker's state.</summary>
/// <param name="held">Takes what the broker's session holds.</param>
internal sealed class WorkerRun(WorkerTracker tracker, SignalStore store, WorkerKey worker, Action<WorkerHeldTopic[]> held) : IWorkerObserver
{
    private const int MaximumRequests = 16;

    private readonly WorkerSignals _signals = store.BeginRun(
        worker.Connection,
        () => tracker.Notify(ConnectionEventKind.LimitReached, "signals", "This connection has as many signals as allowed; new ones are left out. Subscribe to fewer topics."),
        worker.Worker);

    private readonly ConcurrentDictionary<uint, TaskCompletionSource<WorkerMessage[]>> _requests = [];
    private volatile OutboundLink? _link;
    private uint _lastRequest;

    /// <summary>This run publishes: what it reports goes to the link.</summary>
    public void StartPublishing(OutboundLink link)
    {
        _link = link;
        link.Start();
    }

    public void OnFrame(FrameView frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Samples:
                tracker.CountSamples(_signals.Append(new SamplesReader(frame.Body)));
                break;
            case FrameKind.SignalDefined:
                var definition = SignalDefinitionFrame.Read(frame.Body);
                if (!_signals.Define(definition.SignalId, definition.Topic, definition.Path, definition.Kind))
                    tracker.CountRefused();
                break;
            case FrameKind.SignalDescribed:
                var description = SignalDescriptionFrame.Read(frame.Body);
                _signals.Describe(description.SignalId, description.Unit, description.Description);
                break;
            case FrameKind.Status:
                tracker.Update(this, Parse(frame, WorkerJson.Default.WorkerStatus));
                break;
            case FrameKind.Counters:
                tracker.Update(Parse(frame, WorkerJson.Default.WorkerCounters));
                break;
            case FrameKind.Notice:
                OnNotice(Parse(frame, WorkerJson.Default.WorkerNotice));
                break;
            case FrameKind.HeldTopics:
                held(Parse(frame, WorkerJson.Default.WorkerHeldTopicArray));
                break;
            case FrameKind.Subscriptions:
                tracker.Update(this, Parse(frame, WorkerJson.Default.WorkerSubscriptionArray));
                break;
            case FrameKind.Published when _link is { } link:
                link.Report(PublishReportFrame.Read(frame.Body));
                break;
            case FrameKind.Messages:
                OnMessages(Parse(frame, WorkerJson.Default.WorkerMessages));
                break;
            default:
                throw new FrameException($"A frame of kind {frame.Kind} was not expected.");
        }
    }

    /// <summary>Asks the worker for its message log; empty if it does not answer in time.</summary>
    /// <param name="after">Only what was not read yet is asked for; null for all.</param>
    public async Task<LoggedMessage[]> RequestMessagesAsync(WorkerProcess process, MessageCursor? after, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_requests.Count >= MaximumRequests)
            return [];

        var id = Interlocked.Increment(ref _lastRequest);
        var answer = new TaskCompletionSource<WorkerMessage[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests[id] = answer;
        try
        {
            if (!process.TrySend(FrameKind.MessagesRequest, new MessagesRequestFrame(id, after?.NextOf(this) ?? 0).ToBody()))
                return [];

            var first = await Task.WhenAny(answer.Task, process.Completion).WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            if (first != answer.Task)
                return [];

            var messages = await answer.Task.ConfigureAwait(false);
            if (messages.Length > 0)
                after?.Passed(this, messages.Max(message => message.Sequence));
            return [.. messages.Select(message => ToLogged(message, process.ProcessId))];
        }
        catch (TimeoutException)
        {
            return [];
        }
        finally
        {
            _requests.TryRemove(id, out _);
        }
    }

    /// <summary>The time comes first, so that identifiers order the messages of all workers; two messages of one worker differ in their sequence, and no two workers are one process.</summary>
    private LoggedMessage ToLogged(WorkerMessage message, int processId)
    {
        var micros = (long)Math.Round(Math.Clamp(message.Time, 0, uint.MaxValue) * 1e6);
        return new LoggedMessage(
            string.Create(CultureInfo.InvariantCulture, $"{micros:x14}-{processId:x}-{message.Sequence:x12}"),
            worker.Connection,
            message.Direction,
            MessageSources.Of(message),
            message.Time,
            message.Topic,
            message.Qos,
            message.Retained,
            message.Text,
            message.Hex,
            message.PayloadBytes,
            message.Cut,
            message.Failure);
    }

    private void OnNotice(WorkerNotice notice)
    {
        var kind = notice.Kind switch
        {
            WorkerNoticeKinds.FilterRefused => ConnectionEventKind.FilterRefused,
            WorkerNoticeKinds.FilterGrantedLower => ConnectionEventKind.FilterGrantedLower,
            WorkerNoticeKinds.SessionLost => ConnectionEventKind.SessionLost,
            WorkerNoticeKinds.SignalLimit => ConnectionEventKind.LimitReached,
            WorkerNoticeKinds.DecodeFailure => ConnectionEventKind.DecodeFailure,
            _ => throw new FrameException($"A notice of kind '{notice.Kind}' is not known."),
        };
        tracker.Notify(kind, notice.Subject, notice.Text);
    }

    private void OnMessages(WorkerMessages messages)
    {
        // An answer that comes too late finds nobody.
        if (_requests.TryGetValue(messages.RequestId, out var answer))
            answer.TrySetResult(messages.Messages);
    }

    internal static T Parse<T>(FrameView frame, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> typeInfo)
        where T : class =>
        JsonSerializer.Deserialize(frame.Body, typeInfo) ?? throw new FrameException($"A frame of kind {frame.Kind} is empty.");
}
