using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>Registers with Core and sends heartbeats until stopped, or until Core has been silent for too long.</summary>
internal sealed partial class CoreService(CoreClient client, CoreLink link, PluginManifest manifest, TimeProvider timeProvider, ILogger<CoreService> logger)
{
    /// <summary>Time between heartbeats while Core answers.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);

    private const int HeartbeatFailuresAllowed = 2;

    /// <summary>Core may still be starting when it starts us: waits between attempts to register, the last attempt being 6.5 s after the first.</summary>
    private static readonly TimeSpan[] RegistrationDelays =
        [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)];

    /// <summary>How long attempts to register may go on when Core takes its time to fail.</summary>
    private static readonly TimeSpan RegistrationPatience = TimeSpan.FromSeconds(10);

    private readonly WakeSignal _wake = new(timeProvider);

    /// <summary>Runs until Core is lost or <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="port">The port Core reaches us at.</param>
    /// <returns>Why Core counts as lost: a sentence.</returns>
    /// <exception cref="OperationCanceledException">Stopped as asked.</exception>
    public async Task<string> RunAsync(int port, CancellationToken cancellationToken)
    {
        var body = manifest.ForRegistration(port);
        var reply = await RegisterPatientlyAsync(body, cancellationToken);
        if (!reply.IsAccepted) return $"Plotune Core at {client.Address} did not take the registration. {reply.Reason}";
        return await SendHeartbeatsAsync(body, cancellationToken);
    }

    private async Task<CoreReply> RegisterPatientlyAsync(string body, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var reply = await RegisterAsync(body, cancellationToken);
            if (reply.IsAccepted || attempt == RegistrationDelays.Length || timeProvider.GetElapsedTime(started) > RegistrationPatience) return reply;
            Log.RegistrationFailed(logger, reply.Reason, RegistrationDelays[attempt].TotalSeconds);
            await Task.Delay(RegistrationDelays[attempt], timeProvider, cancellationToken);
        }
    }

    private async Task<CoreReply> RegisterAsync(string body, CancellationToken cancellationToken)
    {
        var reply = await client.RegisterAsync(body, cancellationToken);
        if (!reply.IsAccepted)
        {
            link.Unknown(reply.Reason);
            return reply;
        }

        await client.RefreshTokenAsync(cancellationToken);
        link.Registered();
        Log.Registered(logger, client.Address);
        return reply;
    }

    private async Task<string> SendHeartbeatsAsync(string body, CancellationToken cancellationToken)
    {
        link.RegistrationWanted += _wake.Wake;
        try
        {
            return await SendHeartbeatsUntilLostAsync(body, cancellationToken);
        }
        finally
        {
            link.RegistrationWanted -= _wake.Wake;
        }
    }

    private async Task<string> SendHeartbeatsUntilLostAsync(string body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reply = await BeatAsync(body, cancellationToken);
            var delay = HeartbeatInterval;
            if (reply.IsAccepted)
            {
                link.HeartbeatAnswered(timeProvider.GetUtcNow());
            }
            else
            {
                var failures = link.HeartbeatFailed(reply.Reason);
                if (failures > HeartbeatFailuresAllowed) return $"Plotune Core at {client.Address} left {failures} heartbeats unanswered. {reply.Reason}";
                delay = DelayAfter(failures);
                Log.HeartbeatFailed(logger, failures, reply.Reason, delay.TotalSeconds);
            }

            await _wake.WaitAsync(delay, cancellationToken);
        }
    }

    /// <summary>One heartbeat, and a new registration where Core has forgotten us or the announcer has found out that it has.</summary>
    private async Task<CoreReply> BeatAsync(string body, CancellationToken cancellationToken)
    {
        if (link.State.Registered)
        {
            var seconds = (timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
            var reply = await client.HeartbeatAsync(new HeartbeatMessage(manifest.Id, seconds), cancellationToken);
            if (reply.Outcome != CoreOutcome.Unknown) return reply;
            link.Unknown(reply.Reason);
        }

        Log.RegisteringAgain(logger, link.State.Reason);
        return await RegisterAsync(body, cancellationToken);
    }

    /// <summary>After failures in a row the next heartbeat comes sooner: 15/(2n+1) seconds, at least one.</summary>
    private static TimeSpan DelayAfter(int failures) =>
        TimeSpan.FromSeconds(Math.Max(1, HeartbeatInterval.TotalSeconds / ((2 * failures) + 1)));

    private static partial class Log
    {
        [LoggerMessage(3510, LogLevel.Information, "Registered with Plotune Core at {Address}")]
        public static partial void Registered(ILogger logger, Uri address);

        [LoggerMessage(3511, LogLevel.Warning, "Plotune Core did not take the registration: {Reason}. Next attempt in {DelaySeconds:0.#} s")]
        public static partial void RegistrationFailed(ILogger logger, string reason, double delaySeconds);

        [LoggerMessage(3512, LogLevel.Warning, "Heartbeat failure {Failures} in a row: {Reason}. Next heartbeat in {DelaySeconds:0.#} s")]
        public static partial void HeartbeatFailed(ILogger logger, int failures, string reason, double delaySeconds);

        [LoggerMessage(3513, LogLevel.Warning, "Plotune Core does not know this extension any more, registering again: {Reason}")]
        public static partial void RegisteringAgain(ILogger logger, string reason);
    }
}
