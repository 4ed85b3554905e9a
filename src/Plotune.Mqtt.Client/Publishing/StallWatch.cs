namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Finds out that a broker has stopped acknowledging what is published over one connection. Only its own silence counts: while received messages are not
/// being handed on, its answers may wait behind them.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>How long nothing may be acknowledged before the connection counts as broken.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly PublishPipeline _pipeline;
    private readonly Func<bool> _hasReadAll;
    private readonly Action _stalled;
    private readonly ITimer _timer;

    /// <param name="hasReadAll">Whether everything the broker has sent so far was read.</param>
    /// <param name="stalled">Called once, on a timer's thread.</param>
    public StallWatch(PublishPipeline pipeline, Func<bool> hasReadAll, Action stalled, TimeProvider timeProvider)
    {
        _pipeline = pipeline;
        _hasReadAll = hasReadAll;
        _stalled = stalled;
        _timer = timeProvider.CreateTimer(static watch => ((StallWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Limit, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var wait = _pipeline.UntilStalled(Limit);
        if (wait <= TimeSpan.Zero && _hasReadAll())
            _stalled();
        else
            _timer.Change(wait > TimeSpan.Zero ? wait : LookAgain, Timeout.InfiniteTimeSpan);
    }
}
