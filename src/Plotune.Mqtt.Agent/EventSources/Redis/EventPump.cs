using Plotune.Mqtt.Agent.Outbound;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// Moves events from the lists to the outbound queues, in three steps of which the first and the last happen in Redis, all or nothing, and only under the leases: from the list into
/// its in-work list; into the durable queues; off the in-work list. Whoever begins looks at the in-work lists first, so an end between two steps loses nothing; between the second and the third it makes a
/// second copy.
/// </summary>
internal sealed partial class EventPump(
    RedisSourceSettings settings, IDatabase database, RedisLeases leases, bool hasListMove, EventOutlet outlet, SourceProgress progress, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>How often a command that was refused is tried again.</summary>
    private static readonly TimeSpan RefusalInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FaultLogInterval = TimeSpan.FromMinutes(1);

    private readonly EventReader _reader = new(settings);
    private readonly ListWindow[] _windows = [.. settings.Lists.Select(list => new ListWindow(new RedisKeys(list)))];
    private long? _faultLogged;

    /// <summary>Runs until cancelled, with nothing left half done: what is in work and cannot be stored goes back to where it came from.</summary>
    /// <exception cref="LeaseLostException">The lists are another one's.</exception>
    /// <exception cref="RedisException">The connection is lost, or a command refused.</exception>
    public async Task RunAsync(IDoorbell bell, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                foreach (var window in _windows) await RecoverAsync(window);
                var batch = EventBatch.Merge(_windows);
                if (batch.Events.Count == 0 && !_windows.Any(window => window.HasMore)) await WaitAsync(bell, stop);
                else await HandleAsync(batch, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await PutBackAsync();
        }
    }

    private async Task WaitAsync(IDoorbell bell, CancellationToken stop)
    {
        progress.Set(SourceActivity.Connected);
        var found = await bell.WaitAsync(stop);
        for (var i = 0; i < _windows.Length; i++) _windows[i].Pending = Math.Max(_windows[i].Pending, found[i]);
    }

    private async Task HandleAsync(EventBatch batch, CancellationToken stop)
    {
        OutboundMessage[] messages = [.. batch.Events.Select(taken => taken.Message).OfType<OutboundMessage>()];
        if (messages.Length > 0)
        {
            await ConfirmAsync();
            await outlet.AcceptAsync(messages, LookAgainAsync, stop);
        }

        try
        {
            await StepAsync(batch, takesMore: true);
        }
        catch (TransactionRefusedException exception) when (batch.Events.Count > 0)
        {
            await FinishAsync(batch, exception, stop);
        }

        Count(batch);
    }

    /// <summary>
    /// Redis refused the whole step; for want of memory for what is to be taken, say. What is stored has to leave the in-work lists all the same, and only here it is known that it is
    /// stored: whoever begins anew stores it again, and once more each time.
    /// </summary>
    private async Task FinishAsync(EventBatch done, TransactionRefusedException refusal, CancellationToken stop)
    {
        while (true)
        {
            progress.Set(SourceActivity.Waiting, RedisFailure.Describe(refusal, settings));
            try
            {
                await StepAsync(done, takesMore: false);
                return;
            }
            catch (TransactionRefusedException exception)
            {
                refusal = exception;
            }

            await Task.Delay(RefusalInterval, timeProvider, stop);
        }
    }

    /// <summary>Asks whether the lists are still ours, unless that is known.</summary>
    private Task ConfirmAsync() => leases.AreFresh ? Task.CompletedTask : leases.RenewAsync();

    /// <summary>While the queues take nothing the lists grow, which is to be seen.</summary>
    private async Task LookAgainAsync()
    {
        await ConfirmAsync();
        var lengths = await Task.WhenAll(_windows.Select(window => database.ListLengthAsync(window.Keys.Events)));
        for (var i = 0; i < _windows.Length; i++) _windows[i].Pending = lengths[i];
        ShowPending();
    }

    private void ShowPending() => progress.Pending = _windows.Sum(window => window.Pending + window.Events.Count);

    /// <summary>What the in-work list holds and we do not know of: of a predecessor, or taken by a command whose answer was lost.</summary>
    private async Task RecoverAsync(ListWindow window)
    {
        if (!window.IsInDoubt || window.Events.Count > 0) return;
        var length = database.ListLengthAsync(window.Keys.Events);
        var limit = window.Capacity;
        var newestFirst = database.ListRangeAsync(window.Keys.InWork, -limit, -1);
        await Task.WhenAll(length, newestFirst);
        window.Pending = await length;
        window.Recover([.. (await newestFirst).Reverse().Select(Read)], (await newestFirst).Length < limit);
    }

    /// <summary>One transaction: what is done leaves the in-work lists, faulty events become dead letters, and the next events are taken.</summary>
    private async Task StepAsync(EventBatch done, bool takesMore)
    {
        var time = (timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var taken = new Task<RedisValue>[_windows.Length][];
        var lengths = new Task<long>[_windows.Length];
        await leases.RunAsync(transaction =>
        {
            var all = new List<Task>();
            for (var i = 0; i < _windows.Length; i++)
            {
                all.AddRange(Finish(transaction, _windows[i], done.Counts[i], time));
                taken[i] = takesMore ? Take(transaction, _windows[i], done.Counts[i]) : [];
                all.AddRange(taken[i]);
                all.Add(lengths[i] = transaction.ListLengthAsync(_windows[i].Keys.Events));
            }

            return Task.WhenAll(all);
        });
        for (var i = 0; i < _windows.Length; i++)
        {
            _windows[i].Remove(done.Counts[i]);
            _windows[i].Add([.. (await Task.WhenAll(taken[i])).Where(value => !value.IsNull).Select(Read)]);
            _windows[i].Pending = await lengths[i];
        }

        ShowPending();
    }

    private static IEnumerable<Task> Finish(ITransaction transaction, ListWindow window, int count, double time)
    {
        if (count == 0) yield break;
        RedisValue[] dead = [.. window.Events.Take(count).Where(taken => taken.Fault is not null).Select(taken => (RedisValue)DeadLetter.ToJson(taken, time))];
        if (dead.Length > 0)
        {
            yield return transaction.ListLeftPushAsync(window.Keys.Dead, dead);
            yield return transaction.ListTrimAsync(window.Keys.Dead, 0, DeadLetter.MaximumCount - 1);
        }

        // Off the right end, where the oldest are.
        yield return transaction.ListTrimAsync(window.Keys.InWork, 0, -(count + 1));
    }

    /// <param name="leaving">Events of the window that the same transaction finishes.</param>
    private Task<RedisValue>[] Take(ITransaction transaction, ListWindow window, int leaving)
    {
        var (from, to) = (window.Keys.Events, window.Keys.InWork);
        return [.. Enumerable.Range(0, window.WantedAfter(leaving)).Select(_ => hasListMove ? transaction.ListMoveAsync(from, to, ListSide.Right, ListSide.Left) : transaction.ListRightPopLeftPushAsync(from, to))];
    }

    /// <summary>Undoes the taking, so that whoever serves the lists next, this agent or another program, finds them as they were.</summary>
    private async Task PutBackAsync()
    {
        // Where the in-work list holds still more, that stays before these: then all of it stays.
        ListWindow[] filled = [.. _windows.Where(window => window.Events.Count > 0 && !window.IsInDoubt)];
        if (filled.Length == 0) return;
        await leases.RunAsync(transaction => Task.WhenAll(filled.SelectMany(window => PutBack(transaction, window))));
        foreach (var window in filled) window.Doubt();
    }

    private static IEnumerable<Task> PutBack(ITransaction transaction, ListWindow window)
    {
        // The last value pushed ends up rightmost, which is the place of the oldest.
        yield return transaction.ListRightPushAsync(window.Keys.Events, [.. window.Events.Reverse().Select(taken => (RedisValue)taken.Raw)]);
        yield return transaction.ListTrimAsync(window.Keys.InWork, 0, -(window.Events.Count + 1));
    }

    private TakenEvent Read(RedisValue value) => _reader.Read((ReadOnlyMemory<byte>)value);

    private void Count(EventBatch batch)
    {
        progress.FilteredOut(batch.Events.Count(taken => taken.IsFilteredOut));
        TakenEvent[] dead = [.. batch.Events.Where(taken => taken.Fault is not null)];
        if (dead.Length == 0) return;
        progress.DeadLettered(dead);
        if (_faultLogged is { } logged && timeProvider.GetElapsedTime(logged) < FaultLogInterval) return;
        _faultLogged = timeProvider.GetTimestamp();
        Log.DeadLettered(logger, dead.Length, dead[^1].Fault!);
    }

    private static partial class Log
    {
        [LoggerMessage(3800, LogLevel.Warning, "{Count} events cannot be published and are kept as dead letters in Redis; the last one because: {Reason} (said at most once a minute)")]
        public static partial void DeadLettered(ILogger logger, int count, string reason);
    }
}
