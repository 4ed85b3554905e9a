using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// The right to work lists: a key for each that names its holder and expires by itself. Every change to the lists goes through <see cref="RunAsync"/>, as a transaction that
/// Redis carries out only while all the keys still name this connection: who was paused past its leases changes nothing any more. Thread-safe.
/// </summary>
internal sealed class RedisLeases(IDatabase database, IReadOnlyList<RedisKeys> lists, LeaseHolder holder, TimeSpan lifetime, TimeProvider timeProvider)
{
    private const int MaximumAttempts = 5;

    private readonly RedisValue _mine = holder.ToText();
    // Everybody takes them in the same order, so that of two sources with several lists in common one gets the first.
    private readonly RedisKeys[] _ordered = [.. lists.OrderBy(list => list.Name, StringComparer.Ordinal)];
    private long _confirmed;

    /// <summary>They were ours a moment ago: less than half a life.</summary>
    public bool AreFresh => timeProvider.GetElapsedTime(Volatile.Read(ref _confirmed)) < lifetime / 2;

    /// <summary>Takes all leases, or none.</summary>
    /// <returns>Null if they are ours; else a sentence that says whose they are.</returns>
    public async Task<string?> AcquireAsync()
    {
        var started = timeProvider.GetTimestamp();
        for (var i = 0; i < _ordered.Length; i++)
        {
            if (await AcquireAsync(_ordered[i].Lease) is not { } other) continue;
            for (var taken = 0; taken < i; taken++) await database.LockReleaseAsync(_ordered[taken].Lease, _mine);
            return $"The list '{_ordered[i].Name}' is worked by {LeaseHolder.Describe(other)}.";
        }

        Volatile.Write(ref _confirmed, started);
        return null;
    }

    /// <summary>Commands as they are needed for a list, in forms that change nothing.</summary>
    /// <returns>Whether there is LMOVE (Redis 6.2), and it is permitted; the server's version says nothing of that.</returns>
    /// <exception cref="RedisServerException">What Redis has against another one.</exception>
    public async Task<bool> ProbeAsync()
    {
        foreach (var list in _ordered)
        {
            await Task.WhenAll(database.ListLengthAsync(list.Events), database.ListLengthAsync(list.InWork), database.ListLengthAsync(list.Dead), database.ListTrimAsync(list.InWork, 0, -1));
            try
            {
                await database.ListMoveAsync(list.InWork, list.InWork, ListSide.Right, ListSide.Right);
            }
            catch (RedisServerException exception) when (RedisFailure.IsRefusedCommand(exception))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Prolongs the leases.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public Task RenewAsync() => RunAsync(Prolong);

    /// <summary>To be part of what <see cref="RunAsync"/> is given, for it to prolong the leases with it.</summary>
    public Task Prolong(ITransaction transaction) => Task.WhenAll(_ordered.Select(list => transaction.KeyExpireAsync(list.Lease, lifetime)));

    /// <summary>Carries out commands at once and together, and only if all leases are ours.</summary>
    /// <param name="enqueue">Puts them into the transaction; called again if it has to be made anew.</param>
    /// <exception cref="LeaseLostException">A lease is not ours any more; nothing was done.</exception>
    /// <exception cref="TransactionRefusedException">Redis does not accept a command; nothing was done.</exception>
    /// <exception cref="RedisException">Of the connection: whether anything was done is not known. Of the server: one of the commands failed, the others were carried out.</exception>
    public async Task RunAsync(Func<ITransaction, Task> enqueue)
    {
        for (var attempt = 1; ; attempt++)
        {
            var started = timeProvider.GetTimestamp();
            var transaction = database.CreateTransaction();
            foreach (var list in _ordered) transaction.AddCondition(Condition.StringEqual(list.Lease, _mine));
            var results = enqueue(transaction);
            if (await ExecuteAsync(transaction, results))
            {
                Volatile.Write(ref _confirmed, started);
                return;
            }

            // A key that was touched without being taken from us spoils the transaction too.
            await ConfirmAsync();
            if (attempt == MaximumAttempts) throw new LeaseLostException(_ordered[0].Name);
        }
    }

    /// <summary>Gives the leases up, those that are still ours.</summary>
    public async Task ReleaseAsync()
    {
        foreach (var list in _ordered) await database.LockReleaseAsync(list.Lease, _mine);
    }

    private async Task<bool> ExecuteAsync(ITransaction transaction, Task results)
    {
        try
        {
            if (!await transaction.ExecuteAsync()) return false;
        }
        catch (RedisServerException exception) when (exception.Message.Contains("EXECABORT", StringComparison.Ordinal))
        {
            await results.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new TransactionRefusedException(await FindRefusalAsync() ?? exception);
        }
        catch
        {
            // They fail for the same reason, which is told already.
            _ = results.ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }

        await results;
        return true;
    }

    /// <summary>What Redis has against a transaction it says with one of its commands, which the library does not pass on.</summary>
    private async Task<RedisServerException?> FindRefusalAsync()
    {
        try
        {
            await ProbeAsync();
            return null;
        }
        catch (RedisServerException exception)
        {
            return exception;
        }
    }

    private async Task ConfirmAsync()
    {
        foreach (var list in _ordered)
        {
            if (await database.StringGetAsync(list.Lease) != _mine) throw new LeaseLostException(list.Name);
        }
    }

    /// <returns>Null if it is ours; else the text of who has it.</returns>
    private async Task<string?> AcquireAsync(RedisKey key)
    {
        if (await database.StringSetAsync(key, _mine, lifetime, When.NotExists)) return null;
        var found = await database.StringGetAsync(key);
        if (found == _mine) return null;
        if (found.IsNull) return await database.StringSetAsync(key, _mine, lifetime, When.NotExists) ? null : "another one";
        if (!holder.IsHeirOf(found!)) return found;
#pragma warning disable SER301 // The single command the analyzer offers comes with Redis 8.4 only.
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual(key, found));
        var set = transaction.StringSetAsync(key, _mine, lifetime);
#pragma warning restore SER301
        return await transaction.ExecuteAsync() && await set ? null : (string?)await database.StringGetAsync(key) ?? "another one";
    }
}
