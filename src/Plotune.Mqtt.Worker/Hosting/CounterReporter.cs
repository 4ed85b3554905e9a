using System.Text.Json;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Reports counters every 500 ms while they change, and never queues more than one report. While nothing comes it looks now and then, and is woken when something comes. Of several workers of a connection each counts
/// the messages of its own part, and the first those that were too large to be handed on, so that the sum over all workers counts every message once.
/// </summary>
internal sealed class CounterReporter(BrokerConnection connection, IngestCounters counters, int part, ControlOutbox outbox, TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuietInterval = TimeSpan.FromSeconds(1);

    // Each look wakes threads. What does not come as a message, such as one too large to be taken, is told so late at most.
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(4);

    private readonly IdleMemory _idle = new();
    private readonly Lock _lock = new();
    private long _lastMessage;
    private byte[] _last = [];
    private volatile bool _isQueued;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        counters.Woken = () => Wake(timer);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                // Before looking: what comes from here on wakes us.
                bool isSettled = counters.IsAsleep = _idle.IsSettled;
                bool isBusy = Report();
                bool hasMessages = _lastMessage != counters.LastMessageMicros;
                _lastMessage = counters.LastMessageMicros;
                _idle.Look(hasMessages);
                lock (_lock)
                {
                    bool wasWoken = isSettled && !counters.IsAsleep;
                    TimeSpan quiet = isSettled ? IdleInterval : QuietInterval;
                    SetPeriod(timer, isBusy || hasMessages || wasWoken ? Interval : quiet);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops; the last report comes when the connection is closed.
        }
        finally
        {
            counters.Woken = null;
        }
    }

    /// <returns>Whether there is something new.</returns>
    public bool Report()
    {
        if (_isQueued)
            return true;

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(Collect(), WorkerJson.Default.WorkerCounters);
        if (body.AsSpan().SequenceEqual(_last))
            return false;

        _last = body;
        _isQueued = true;
        outbox.PostState(FrameKind.Counters, () =>
        {
            _isQueued = false;
            return body;
        });
        return true;
    }

    private void Wake(PeriodicTimer timer)
    {
        lock (_lock)
        {
            counters.IsAsleep = false;
            SetPeriod(timer, Interval);
        }
    }

    // To set it starts the period anew, which wakes the thread of the timers.
    private static void SetPeriod(PeriodicTimer timer, TimeSpan period)
    {
        if (timer.Period != period)
            timer.Period = period;
    }

    private WorkerCounters Collect()
    {
        var failures = counters.GetDecodeFailures();
        long tooLarge = connection.PublishesTooLarge;
        // Read before what is received, of which it is a part.
        long notOurs = counters.LeftToOthers + (part == 0 ? 0 : tooLarge);
        // Never handed to the decoder, but a message the user misses all the same.
        if (part == 0 && tooLarge > 0)
            failures[WorkerDecodeFailures.TooLarge] = tooLarge;

        return new WorkerCounters
        {
            Received = connection.PublishesReceived - notOurs,
            LastMessage = counters.LastMessageMicros is > 0 and var micros ? micros / 1e6 : null,
            Bytes = connection.BytesReceived,
            Samples = counters.Samples,
            DecodeFailures = failures,
            SignalsRefused = counters.SignalsRefused,
            OwnMessages = counters.OwnMessages,
            Resent = connection.PublishesSentAgain,
        };
    }
}
