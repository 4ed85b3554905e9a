namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// How long to wait before the next attempt: exponential with full jitter. Pure: the caller brings the random number. The jitter spans the whole
/// range above the first delay, so that clients which lost one broker together do not come back together.
/// </summary>
internal sealed record RetryPolicy(TimeSpan First, TimeSpan Maximum)
{
    /// <param name="retry">1 for the first retry in a row.</param>
    /// <param name="reasonClass">A slow retry waits between half of the longest delay and all of it.</param>
    /// <param name="random">In [0, 1).</param>
    public TimeSpan DelayFor(int retry, ReasonClass reasonClass, double random)
    {
        if (reasonClass == ReasonClass.RetrySlowly)
            return Maximum / 2 + Maximum / 2 * random;
        // 2^30 times any first delay worth the name is past every maximum.
        var ceiling = First.Ticks * Math.Pow(2, Math.Clamp(retry, 1, 30));
        var highest = Math.Min(ceiling, Maximum.Ticks);
        return First >= Maximum ? Maximum : First + TimeSpan.FromTicks((long)((highest - First.Ticks) * random));
    }
}
