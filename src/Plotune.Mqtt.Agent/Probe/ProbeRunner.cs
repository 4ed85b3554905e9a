using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Makes one connection, does what was asked for, and stays until the connection ends or the caller has enough.</summary>
internal static class ProbeRunner
{
    /// <param name="output">Where the events go.</param>
    /// <returns>One of <see cref="ProbeExitCode"/>.</returns>
    public static async Task<int> RunAsync(ProbeSettings settings, Stream output, ILogger logger, CancellationToken stopping)
    {
        var lines = new ProbeOutput(output);
        try
        {
            return await RunAsync(settings, lines, logger, stopping);
        }
        catch (IOException exception)
        {
            await Console.Error.WriteLineAsync($"Standard output cannot be written: {exception.Message}");
            return ProbeExitCode.EndedHere;
        }
    }

    private static async Task<int> RunAsync(ProbeSettings settings, ProbeOutput lines, ILogger logger, CancellationToken stopping)
    {
        var observer = new ProbeObserver(lines);
        var connection = new BrokerConnection(settings.Connection with { Reconnect = false }, [], new ProbeMessages(lines), observer, logger);
        Task work;
        await using (connection)
        {
            connection.Start();
            work = WorkAsync(connection, settings, observer, lines, stopping);
            var stopped = Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            await Task.WhenAny(work, observer.Ended, stopped);
            if (work.IsCompletedSuccessfully) await Task.WhenAny(observer.Ended, stopped);
        }

        try
        {
            await work;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop before everything was done.
        }

        var end = await observer.Ended;
        lines.Write(Describe(end));
        return end.State == ConnectionState.Stopped ? ProbeExitCode.Stopped : ProbeExitCode.Of(end.Cause);
    }

    private static async Task WorkAsync(
        BrokerConnection connection, ProbeSettings settings, ProbeObserver observer, ProbeOutput lines, CancellationToken stopping)
    {
        if (await Task.WhenAny(observer.Connected, observer.Ended) == observer.Ended) return;
        await connection.UpdateSubscriptionsAsync(settings.Subscribe, settings.Unsubscribe, stopping);
        await Task.WhenAll(settings.Publish.Select(async publish =>
        {
            var result = await connection.PublishAsync(publish, Timeout.InfiniteTimeSpan, stopping);
            lines.Write(Describe(publish, result));
        }));
    }

    private static PublishedEvent Describe(OutboundPublish publish, PublishResult result) => new(publish.Topic, NameOf(result.Outcome))
    {
        ReasonName = result.ReasonName.Length == 0 ? null : result.ReasonName,
        Reason = result.Reason.Length == 0 ? null : result.Reason,
    };

    private static DisconnectedEvent Describe(ConnectionStatus end) => end.State == ConnectionState.Stopped
        ? new DisconnectedEvent("stopped", "Stopped", "Stopped as asked.")
        : new DisconnectedEvent(NameOf(end.Cause), end.ReasonName, end.Reason);

    private static string NameOf(ConnectionEndCause cause) => cause switch
    {
        ConnectionEndCause.Unreachable => "unreachable",
        ConnectionEndCause.Refused => "refused",
        ConnectionEndCause.EndedByBroker => "endedByBroker",
        ConnectionEndCause.ProtocolViolation => "protocolViolation",
        ConnectionEndCause.EndedHere => "endedHere",
        _ => "unexpected",
    };

    private static string NameOf(PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Delivered => "delivered",
        PublishOutcome.Refused => "refused",
        PublishOutcome.TimedOut => "timedOut",
        _ => "connectionLost",
    };
}
