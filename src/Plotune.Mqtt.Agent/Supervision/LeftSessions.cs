using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// Ends the sessions that brokers keep for workers there are no more. Left alone, they would collect messages for nobody until they expire, or for ever. Each is
/// ended by a short connection with a clean session under its Client Identifier, tried a few times in the background; what cannot be ended is told, and tried
/// again when the connection is changed or the agent starts. Not so if it was deleted: its settings, and with them its password, are not kept for it. Thread-safe.
/// </summary>
internal sealed partial class LeftSessions(ConnectionTester tester, HeldTopicsKeeper heldTopics, AgentLimits limits, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    private const int AtOnce = 4;
    private const int MaximumCount = 1024;

    /// <summary>Long enough for a broker that is just being started again.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)];

    private readonly Lock _lock = new();
    private readonly List<Ending> _endings = [];
    private readonly SemaphoreSlim _slots = new(AtOnce);
    private readonly CancellationTokenSource _abandoned = new();
    private volatile bool _stopping;

    /// <summary>Ends the sessions of a connection that was changed or deleted, as far as they are kept and hold a subscription; those left earlier included.</summary>
    /// <param name="before">The settings its workers had.</param>
    /// <param name="now">Those it has now, by which its sessions are ended if they are the same ones; null if it was deleted.</param>
    /// <param name="inUse">
    /// Client Identifiers that a connection goes on with. Their sessions are left alone, at whatever address: it may lead to the same broker.
    /// </param>
    /// <param name="stopped">Completes when those workers have ended.</param>
    /// <param name="notify">Takes a Client Identifier and a sentence where a session could not be ended.</param>
    /// <returns>Completes once it is known which sessions hold something, soon after <paramref name="stopped"/>.</returns>
    public Task End(BrokerConnectionConfig before, BrokerConnectionConfig? now, Func<IReadOnlySet<string>> inUse, Task stopped, Action<string, string> notify)
    {
        if (before.CleanSession)
            return Task.CompletedTask;

        var ran = WorkerShares.Of(before with { Enabled = true }).Count;
        var used = inUse();
        var decisions = new List<Task>();
        foreach (var share in WorkerShares.Of(before with { Enabled = true, ShareGroup = "", Workers = BrokerConnectionConfig.MaximumWorkers }))
        {
            var task = new WorkerTask(before, share);
            if (now is not null && new WorkerTask(now, share) is var renewed && renewed.Session == task.Session)
                task = renewed;
            var older = OfSession(task.Session);
            if (used.Contains(share.ClientId) || (share.Index >= ran && older.Count == 0 && !IsHeld(task)))
                continue;
            // Newer settings may succeed where older ones do not.
            older.ForEach(ending => ending.Hurry.Cancel());
            var decision = IsHeldAsync(task, stopped);
            decisions.Add(decision);
            Begin(task, decision, [.. older.Select(ending => ending.Done)], notify);
        }

        return Task.WhenAll(decisions);
    }

    /// <summary>A worker is about to use these Client Identifiers: the attempts under way go on, no further ones are made.</summary>
    /// <returns>Completes when the worker would not be disturbed any more, within the time of an attempt.</returns>
    public Task LetGo(IEnumerable<string> clientIds)
    {
        Ending[] endings;
        lock (_lock)
            endings = [.. _endings.Where(ending => clientIds.Contains(ending.ClientId))];
        foreach (var ending in endings)
            ending.Hurry.Cancel();
        return Task.WhenAll(endings.Select(ending => ending.Done));
    }

    /// <summary>Gives attempts under way as long as a worker has to end, and leaves the rest.</summary>
    public async Task StopAsync()
    {
        Ending[] endings;
        lock (_lock)
            endings = [.. _endings];
        _stopping = true;
        foreach (var ending in endings)
            await ending.Hurry.CancelAsync().ConfigureAwait(false);
        _abandoned.CancelAfter(limits.StopTimeout);
        await Task.WhenAll(endings.Select(ending => ending.Done)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _abandoned.Dispose();
    }

    private void Begin(WorkerTask task, Task<bool> isHeld, Task<bool>[] older, Action<string, string> notify)
    {
        // Without a timer it holds nothing to dispose of.
        var ending = new Ending(task.Share.ClientId, task.Session, new CancellationTokenSource());
        lock (_lock)
        {
            if (_endings.Count < MaximumCount)
            {
                _endings.Add(ending);
                ending.Done = Task.Run(() => EndAsync(ending, task, isHeld, older, notify));
                return;
            }
        }

        Tell(task, "Too many are being ended already.", notify);
    }

    private List<Ending> OfSession(string session)
    {
        lock (_lock)
            return _endings.FindAll(ending => ending.Session == session);
    }

    /// <summary>Looked at twice: a worker may learn of its session until it ends, and the next one may then have put its own in the place of it.</summary>
    private async Task<bool> IsHeldAsync(WorkerTask task, Task stopped)
    {
        var isHeld = IsHeld(task);
        await stopped.ConfigureAwait(false);
        return isHeld || IsHeld(task);
    }

    private bool IsHeld(WorkerTask task) => heldTopics.Find(KeyOf(task), task.Session).Length > 0;

    /// <param name="older">Attempts that give way to this one.</param>
    /// <returns>True if the session is left as it was.</returns>
    private async Task<bool> EndAsync(Ending ending, WorkerTask task, Task<bool> isHeld, Task<bool>[] older, Action<string, string> notify)
    {
        try
        {
            var wasLeft = await Task.WhenAll(older).ConfigureAwait(false);
            if (!await isHeld.ConfigureAwait(false) && !wasLeft.Contains(true))
                return false;

            var (isEnded, reason) = await TryAsync(ending, task).ConfigureAwait(false);
            if (reason is not null)
                Tell(task, reason, notify);
            return !isEnded;
        }
#pragma warning disable CA1031 // A fault in here must show, not vanish with the task, and must not keep a worker from starting.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.Failed(logger, exception, task.Config.Name);
            return true;
        }
        finally
        {
            lock (_lock)
                _endings.Remove(ending);
        }
    }

    private void Tell(WorkerTask task, string reason, Action<string, string> notify)
    {
        Log.Kept(logger, task.Config.Name, task.Share.ClientId, reason);
        notify(task.Share.ClientId, $"The broker may still keep the session of '{task.Share.ClientId}' and collect messages for it: it could not be ended. {reason} {Outlook(task.Config)}");
    }

    /// <returns>Whether it was ended; if not, why, or null if it is somebody's again.</returns>
    private async Task<(bool IsEnded, string? Reason)> TryAsync(Ending ending, WorkerTask task)
    {
        var reason = "The agent was stopped before.";
        try
        {
            foreach (var pause in Pauses.Prepend(TimeSpan.Zero))
            {
                await Task.Delay(pause, timeProvider, ending.Hurry.Token).ConfigureAwait(false);
                await _slots.WaitAsync(ending.Hurry.Token).ConfigureAwait(false);
                ConnectionTestResult result;
                try
                {
                    result = await tester.EndSessionAsync(task, _abandoned.Token).ConfigureAwait(false);
                }
                finally
                {
                    _slots.Release();
                }

                if (result.Success)
                {
                    heldTopics.Forget(KeyOf(task), task.Session);
                    Log.Ended(logger, task.Config.Name, task.Share.ClientId);
                    return (true, null);
                }

                reason = result.Reason;
            }

            return (false, reason);
        }
        catch (OperationCanceledException) when (ending.Hurry.IsCancellationRequested)
        {
            return (false, _stopping ? reason : null);
        }
    }

    private static WorkerKey KeyOf(WorkerTask task) => new(task.Config.Name, task.Share.Index);

    private static string Outlook(BrokerConnectionConfig config) =>
        config.Protocol == ProtocolPreference.V311 || config.SessionExpiry.TotalSeconds >= uint.MaxValue
            ? "It stays until it is deleted at the broker."
            : $"With MQTT 5.0 it ends by itself after {config.SessionExpiry.TotalSeconds:0} s.";

    /// <param name="Hurry">No attempt begins once it is cancelled.</param>
    private sealed record Ending(string ClientId, string Session, CancellationTokenSource Hurry)
    {
        /// <inheritdoc cref="EndAsync" path="/returns"/>
        public Task<bool> Done { get; set; } = Task.FromResult(false);
    }

    private static partial class Log
    {
        [LoggerMessage(3140, LogLevel.Information, "Connection {Connection}: the session of '{ClientId}' at the broker is ended, since no worker needs it any more")]
        public static partial void Ended(ILogger logger, string connection, string clientId);

        [LoggerMessage(3141, LogLevel.Warning, "Connection {Connection}: the session of '{ClientId}' at the broker could not be ended, and collects messages for nobody. {Reason}")]
        public static partial void Kept(ILogger logger, string connection, string clientId, string reason);

        [LoggerMessage(3142, LogLevel.Error, "Connection {Connection}: ending a session failed")]
        public static partial void Failed(ILogger logger, Exception exception, string connection);
    }
}
