using System.Text;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// Turns what happens per message into one notice per episode. An episode of decode failures begins with the first of its reason and ends when none
/// has come for a minute; a limit, once reached, stays reached. Not thread-safe.
/// </summary>
internal sealed class IngestNotices(WorkerLimits limits, Action<WorkerNotice> send)
{
    private const long EpisodeEndsAfterMicros = 60_000_000;
    private const long Never = long.MinValue / 2;

    private readonly long[] _lastFailureMicros = [.. IngestOutcomes.DecodeFailures.Select(_ => Never)];
    private bool _topicLimit;
    private bool _signalLimit;
    private bool _pathLimit;

    /// <param name="topic">Topic name in UTF-8.</param>
    public void DecodeFailed(ReadOnlySpan<byte> topic, IngestOutcome failure, long arrivalMicros)
    {
        ref long last = ref _lastFailureMicros[IngestOutcomes.IndexOf(failure)];
        bool begins = Math.Abs(arrivalMicros - last) > EpisodeEndsAfterMicros;
        last = arrivalMicros;
        if (begins)
            send(new WorkerNotice(WorkerNoticeKinds.DecodeFailure, Encoding.UTF8.GetString(topic), $"{IngestOutcomes.Sentence(failure)} It and others like it are counted, not shown as signals."));
    }

    public void TopicRefused(int topics)
    {
        if (_topicLimit)
            return;

        _topicLimit = true;
        send(new WorkerNotice(WorkerNoticeKinds.SignalLimit, "", $"{topics} topics are known, which is the limit. Messages of further topics are counted, not decoded; choose narrower topic filters."));
    }

    /// <summary>Values of a payload were left out.</summary>
    /// <param name="exhausted">The connection's limit is the cause, not the topic's own.</param>
    public void LeavesLeftOut(TopicEntry topic, bool exhausted)
    {
        if (exhausted && !_signalLimit)
        {
            _signalLimit = true;
            send(new WorkerNotice(WorkerNoticeKinds.SignalLimit, topic.Name, $"The limit of {limits.MaximumSignals} signals is reached. Values of further signals are counted and left out; choose narrower topic filters."));
        }
        else if (!exhausted && !_pathLimit)
        {
            _pathLimit = true;
            send(new WorkerNotice(WorkerNoticeKinds.SignalLimit, topic.Name, "The topic's payloads have too many different names, or names that are too long. Values under further names are counted and left out."));
        }
    }
}
