using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Keeps connected to the source of one variable and puts its samples into the buffer; while that is full it does not read.</summary>
internal sealed partial class VariableFeed(BridgeConfig config, BridgeContext context, BridgeState state, TakenSamples taken, SampleBuffer buffer)
{
    private readonly RestartPolicy _policy = new(context.Limits.RetryDelay, context.Limits.RetryDelayMaximum, context.Limits.StableAfter, context.TimeProvider);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitForProducerAsync(cancellationToken).ConfigureAwait(false);
            _policy.Started();
            var reason = await FollowAsync(cancellationToken).ConfigureAwait(false);
            var delay = _policy.Lost();
            if (state.Lost(reason, delay)) Log.Lost(context.Logger, config.Name, reason);
            await Task.Delay(delay, context.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Without a way to publish it would only keep what is old by the time there is one.</summary>
    private async Task WaitForProducerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = context.Producers.Changed;
            if (context.Producers.Current is not { Producer: null, Reason: var reason }) return;
            state.Idle(reason);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Why it ended: a sentence.</returns>
    private async Task<string> FollowAsync(CancellationToken cancellationToken)
    {
        state.Connecting(_policy.Attempt + 1);
        try
        {
            await using var socket = await SourceSocket.ConnectAsync(config, context.Http, context.Limits, context.TimeProvider, cancellationToken).ConfigureAwait(false);
            state.Connected();
            taken.Connected();
            Log.Connected(context.Logger, config.Name, config.Source);
            while (true)
            {
                var message = await socket.ReceiveAsync().ConfigureAwait(false);
                state.CountReceived();
                await TakeAsync(message, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SourceException exception)
        {
            return exception.Message;
        }
    }

    private ValueTask TakeAsync(ReadOnlyMemory<byte>? message, CancellationToken cancellationToken)
    {
        var sample = default(BridgeSample);
        var fault = message is { } bytes ? SampleReader.Read(bytes.Span, ArrivalMicros(), out sample) : SampleFault.TooLarge;
        if (fault != SampleFault.None)
        {
            var words = WordsOf(fault);
            if (state.CountUnreadable(words) == 1) Log.Unreadable(context.Logger, config.Name, words);
            return ValueTask.CompletedTask;
        }

        // What has no time of its own has that of its arrival, and is never the same.
        if (sample.TimeMicros is not null)
        {
            if (taken.Take(TakenSamples.MarkOf(sample.Payload.Span)) is not { } position)
            {
                state.CountRepeated();
                return ValueTask.CompletedTask;
            }

            sample = sample with { Position = position };
        }

        return buffer.AddAsync(sample, cancellationToken);
    }

    private long ArrivalMicros() => (context.TimeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private string WordsOf(SampleFault fault) => fault switch
    {
        SampleFault.Empty => "A message was empty.",
        SampleFault.NotText => "A message was neither JSON nor text (no UTF-8).",
        _ => $"A message was longer than {context.Limits.MaximumMessageBytes:N0} bytes.",
    };

    private static partial class Log
    {
        [LoggerMessage(3710, LogLevel.Information, "Bridge {Bridge}: connected to its source at {Source}")]
        public static partial void Connected(ILogger logger, string bridge, BridgeSource source);

        [LoggerMessage(3711, LogLevel.Warning, "Bridge {Bridge}: {Reason} It is tried again until it is reached.")]
        public static partial void Lost(ILogger logger, string bridge, string reason);

        [LoggerMessage(3712, LogLevel.Warning, "Bridge {Bridge}: {Fault} It is left out; from now on such messages are only counted.")]
        public static partial void Unreadable(ILogger logger, string bridge, string fault);
    }
}
