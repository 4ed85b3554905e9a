namespace Plotune.Mqtt.Client.Session;

/// <summary>Counts attempts, and lets the delay fall back only after a connection has proved stable.</summary>
internal sealed class ReconnectSchedule(BrokerConnectionOptions options, TimeProvider timeProvider, Func<double> random)
{
    private readonly RetryPolicy _policy = new(options.ReconnectDelay, options.ReconnectDelayMaximum);
    private int _retries;
    private long? _acceptedAt;

    /// <summary>Attempts since the last stable connection.</summary>
    public int Attempt { get; private set; }

    /// <summary>How many connections in a row were accepted and ended before they were stable.</summary>
    public int ShortConnections { get; private set; }

    public void Attempting()
    {
        Attempt++;
        _acceptedAt = null;
    }

    public void Accepted() => _acceptedAt = timeProvider.GetTimestamp();

    public void Ended()
    {
        if (_acceptedAt is not { } acceptedAt)
            return;
        if (timeProvider.GetElapsedTime(acceptedAt) < options.StableAfter)
        {
            ShortConnections++;
            return;
        }

        Forgive();
    }

    /// <summary>What ended the connections is found and mended: the delay falls back at once.</summary>
    public void Forgive()
    {
        Attempt = 0;
        _retries = 0;
        ShortConnections = 0;
    }

    public TimeSpan NextDelay(ReasonClass reasonClass) => _policy.DelayFor(++_retries, reasonClass, random());
}
