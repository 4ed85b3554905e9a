using System.Text.Json;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Reports counters every 500 ms while they change, looks once a second whether they do, and never queues more than one report. Of several workers of a connection each counts
/// the messages of its own part, and the first those that were too large to be handed on, so that the sum over all workers counts every message once.
/// </summary>
internal sealed class CounterReporter(BrokerConnection connection, IngestCounters counters, int part, ControlOutbox outbox, TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private readonly IdleMemory _idle = new();
    private byte[] _last = [];
    private volatile bool _isQueued;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                bool isBusy = Report();
                timer.Period = isBusy ? Interval : IdleInterval;
                _idle.Look(isBusy);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The worker stops; the last report comes when the connection is closed.
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
