namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Tells that there is something in the lists.</summary>
internal interface IDoorbell : IAsyncDisposable
{
    /// <summary>Completes once some list has an event in it.</summary>
    /// <returns>For each list, how many events there are at least.</returns>
    /// <exception cref="StackExchange.Redis.RedisException">The connection is lost.</exception>
    Task<long[]> WaitAsync(CancellationToken cancellationToken);
}
