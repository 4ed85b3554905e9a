using System.Globalization;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// Waits with BLMOVE (Redis 6.2), which blocks the connection, so that each list has one of its own. It moves the oldest event from the right end to the right end: nothing
/// changes, whoever calls it and however late, and the command ends when there is an event. Taking it is another matter, since a blocking command cannot be bound to a lease.
/// </summary>
internal sealed class BlockingDoorbell : IDoorbell
{
    /// <summary>How long Redis blocks; then it is asked anew.</summary>
    private static readonly TimeSpan BlockingTime = TimeSpan.FromSeconds(4);

    private static readonly object Seconds = BlockingTime.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private readonly IReadOnlyList<RedisKeys> _lists;
    private readonly List<RedisLink> _links = [];
    private readonly Task<RedisResult>?[] _waiting;

    private BlockingDoorbell(IReadOnlyList<RedisKeys> lists)
    {
        _lists = lists;
        _waiting = new Task<RedisResult>?[lists.Count];
    }

    /// <returns>Null if the server has no BLMOVE, or does not permit it.</returns>
    /// <exception cref="RedisUnavailableException">A further connection cannot be made.</exception>
    public static async Task<BlockingDoorbell?> OpenAsync(RedisSourceSettings settings, IReadOnlyList<RedisKeys> lists, CancellationToken cancellationToken)
    {
        var bell = new BlockingDoorbell(lists);
        try
        {
            var connecting = lists.Select(_ => RedisLink.ConnectAsync(settings, cancellationToken)).ToArray();
            await ((Task)Task.WhenAll(connecting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var connected in connecting.Where(attempt => attempt.IsCompletedSuccessfully)) bell._links.Add(await connected);
            foreach (var attempt in connecting) await attempt;
            // Of the in-work list, which is quiet: its answer comes after a millisecond.
            await bell._links[0].Database.ExecuteAsync("BLMOVE", lists[0].InWork, lists[0].InWork, "RIGHT", "RIGHT", "0.001");
            return bell;
        }
        catch (RedisServerException exception) when (RedisFailure.IsRefusedCommand(exception))
        {
            await bell.DisposeAsync();
            return null;
        }
        catch
        {
            await bell.DisposeAsync();
            throw;
        }
    }

    public async Task<long[]> WaitAsync(CancellationToken cancellationToken)
    {
        var found = new long[_lists.Count];
        while (found.Max() == 0)
        {
            for (var i = 0; i < _lists.Count; i++)
                _waiting[i] ??= _links[i].Database.ExecuteAsync("BLMOVE", _lists[i].Events, _lists[i].Events, "RIGHT", "RIGHT", Seconds);

            // One that is still waiting is looked at again by the next call: it cannot be called back.
            await Task.WhenAny(_waiting!).WaitAsync(cancellationToken);
            for (var i = 0; i < _lists.Count; i++)
            {
                if (_waiting[i] is not { IsCompleted: true } answer) continue;
                _waiting[i] = null;
                if (!(await answer).IsNull) found[i] = 1;
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links) await link.DisposeAsync();
        foreach (var answer in _waiting.OfType<Task<RedisResult>>()) await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
