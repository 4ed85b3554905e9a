using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Takes samples out of the buffer, all that are there at once, and hands them to the outbound queue of the producer; a batch is let go of once it is on disk.</summary>
internal sealed partial class SamplePublisher(string name, BridgeContext context, BridgeState state, TakenSamples taken, SampleBuffer buffer, SampleGate gate)
{
    private static readonly TimeSpan LongestWaitForRoom = TimeSpan.FromSeconds(5);

    private readonly OutboundSource _source = new(SourceOf(name), OverflowPolicy.DropOldest);
    private readonly RestartPolicy _policy = new(context.Limits.RetryDelay, context.Limits.RetryDelayMaximum, context.Limits.StableAfter, context.TimeProvider);
    private readonly List<BridgeSample> _samples = [];
    private readonly List<BridgeSample> _passed = [];

    /// <summary>What a bridge is called in the outbound queue.</summary>
    public static string SourceOf(string bridge) => OutboundSource.OfBridge(bridge);

    /// <summary>Runs until the buffer is complete and empty. Cancelled, it makes no second attempt with anything, and does not wait for anything.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await WaitAsync().ConfigureAwait(false))
        {
            buffer.Take(_samples);
            foreach (var sample in _samples)
                Pass(gate.Offer(sample));
            Pass(gate.TakeDue());
            await PublishAsync(cancellationToken).ConfigureAwait(false);
        }

        Pass(gate.TakeHeld());
        await PublishAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>False once no sample will come any more.</returns>
    private async ValueTask<bool> WaitAsync()
    {
        if (gate.DueIn is not { } due) return await buffer.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (due == TimeSpan.Zero) return true;
        using var patience = new CancellationTokenSource(due, context.TimeProvider);
        try
        {
            return await buffer.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return true;
        }
    }

    private void Pass((BridgeSample? Passed, int LeftOut) outcome)
    {
        if (outcome.Passed is { } sample) _passed.Add(sample);
        state.CountSkipped(outcome.LeftOut);
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (_passed.Count == 0 || await AcceptAsync(cancellationToken).ConfigureAwait(false))
        {
            state.CountAccepted(_passed.Count);
            MarkTaken();
        }

        _passed.Clear();
        _samples.Clear();
    }

    /// <summary>A held sample would be lost with the process; so it, and what came after it, counts as not taken.</summary>
    private void MarkTaken()
    {
        long position = 0;
        foreach (var sample in _samples)
            position = Math.Max(position, sample.Position);
        foreach (var sample in _passed)
            position = Math.Max(position, sample.Position);
        taken.Pass(gate.Held is { Position: > 0 } held ? held.Position - 1 : position);
    }

    /// <returns>False if it was cancelled before the queue took them.</returns>
    private async Task<bool> AcceptAsync(CancellationToken cancellationToken)
    {
        var isTroubled = false;
        while (true)
        {
            var changed = context.Producers.Changed;
            var choice = context.Producers.Current;
            _policy.Started();
            var (isAccepted, trouble, wait) = choice.Producer is { } producer ? await OfferAsync(producer).ConfigureAwait(false) : (false, choice.Reason, null);
            if (isAccepted)
            {
                if (isTroubled) Log.GoesOn(context.Logger, name);
                state.Trouble("");
                return true;
            }

            if (!isTroubled) Log.Troubled(context.Logger, name, trouble);
            isTroubled = true;
            state.Trouble(trouble);
            if (!await WaitAsync(changed, wait, cancellationToken).ConfigureAwait(false)) return false;
        }
    }

    /// <returns>If they were not accepted, why not, and what to wait for; null is another producer.</returns>
    private async Task<(bool IsAccepted, string Trouble, Func<CancellationToken, Task>? Wait)> OfferAsync(Producer producer)
    {
        OutboundMessage[] messages = [.. _passed.Select(sample => producer.MessageOf(name, sample.Payload))];
        try
        {
            // Not cancelled: whether they were taken has to be known. It takes a commit, no more.
            switch (await context.Queues.AcceptAsync([producer.Connection], _source, messages, CancellationToken.None).ConfigureAwait(false))
            {
                case OutboundVerdict.Accepted:
                    _policy.Reset();
                    return (true, "", null);
                case OutboundVerdict.Full:
                    return (false, $"The outbound queue of connection '{producer.Connection}' is full.", token => context.Queues.WaitForRoomAsync([producer.Connection], LongestWaitForRoom, token));
                default:
                    // The settings are changed before whoever listens to them hears of it.
                    return (false, $"The connection '{producer.Connection}' is gone.", RetryAsync);
            }
        }
        catch (StorageException exception)
        {
            return (false, $"Samples cannot be stored, and wait. {exception.Message}", RetryAsync);
        }
    }

    /// <returns>False if cancelled.</returns>
    private static async Task<bool> WaitAsync(Task changed, Func<CancellationToken, Task>? wait, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = wait?.Invoke(either.Token);
        try
        {
            var ended = await Task.WhenAny(changed, waiting ?? changed).WaitAsync(cancellationToken).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await either.CancelAsync().ConfigureAwait(false);
            if (waiting is not null) await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task RetryAsync(CancellationToken cancellationToken) => Task.Delay(_policy.Lost(), context.TimeProvider, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(3720, LogLevel.Warning, "Bridge {Bridge}: {Trouble}")]
        public static partial void Troubled(ILogger logger, string bridge, string trouble);

        [LoggerMessage(3721, LogLevel.Information, "Bridge {Bridge}: samples are stored again")]
        public static partial void GoesOn(ILogger logger, string bridge);
    }
}
