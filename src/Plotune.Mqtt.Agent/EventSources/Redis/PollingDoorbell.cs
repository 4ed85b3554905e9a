using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Looks at the lists again and again, for servers without BLMOVE: often while events come, and some eight commands a second once none has come for a while.</summary>
internal sealed class PollingDoorbell(IDatabase database, IReadOnlyList<RedisKeys> lists, TimeProvider timeProvider) : IDoorbell
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan IdlePausePerList = TimeSpan.FromMilliseconds(125);

    /// <summary>For how long after an event more are expected.</summary>
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(1);

    private long _lastEvent = timeProvider.GetTimestamp();

    public async Task<long[]> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var lengths = await Task.WhenAll(lists.Select(list => database.ListLengthAsync(list.Events)));
            if (lengths.Max() > 0)
            {
                _lastEvent = timeProvider.GetTimestamp();
                return lengths;
            }

            var pause = timeProvider.GetElapsedTime(_lastEvent) < Busy ? BusyPause : IdlePausePerList * lists.Count;
            await Task.Delay(pause, timeProvider, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => default;
}
