namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The state of one bridge, put together from its two halves: the link to its source, and the way into the outbound queue. Thread-safe.</summary>
internal sealed class BridgeState
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private BridgeActivity _link = BridgeActivity.Connecting;
    private BridgeActivity _activity = BridgeActivity.Connecting;
    private DateTimeOffset _since;
    private string _reason = "";
    private string _trouble = "";
    private string _lastFault = "";
    private int _attempt;
    private DateTimeOffset? _retryAt;
    private long? _unreachedSince;
    private long _received;
    private long _unreadable;
    private long _repeated;
    private long _skipped;
    private long _accepted;

    public BridgeState(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _since = timeProvider.GetUtcNow();
    }

    public BridgeStateView View
    {
        get
        {
            lock (_lock)
            {
                return new BridgeStateView
                {
                    Activity = _activity,
                    Since = _since,
                    Reason = _trouble.Length > 0 ? _trouble : _reason,
                    Attempt = _attempt,
                    RetryIn = _retryAt is { } at ? Math.Max(0, (at - _timeProvider.GetUtcNow()).TotalSeconds) : null,
                    Received = Interlocked.Read(ref _received),
                    Unreadable = Interlocked.Read(ref _unreadable),
                    LastFault = _lastFault,
                    Repeated = Interlocked.Read(ref _repeated),
                    Skipped = Interlocked.Read(ref _skipped),
                    Accepted = Interlocked.Read(ref _accepted),
                };
            }
        }
    }

    /// <summary>How long the source has been tried in vain; zero while it is reached or not tried.</summary>
    public TimeSpan Unreached
    {
        get
        {
            lock (_lock)
                return _unreachedSince is { } since ? _timeProvider.GetElapsedTime(since) : TimeSpan.Zero;
        }
    }

    public void Connecting(int attempt) => Change(() => (_link, _attempt, _retryAt) = (BridgeActivity.Connecting, attempt, null));

    public void Connected() => Change(() => (_link, _reason, _retryAt, _unreachedSince) = (BridgeActivity.Connected, "", null, null));

    /// <summary>The source cannot be reached, or was lost.</summary>
    /// <returns>Whether this is news: it was reached before, or not yet tried.</returns>
    public bool Lost(string reason, TimeSpan retryIn)
    {
        var isNews = false;
        Change(() =>
        {
            isNews = _unreachedSince is null;
            _unreachedSince ??= _timeProvider.GetTimestamp();
            (_link, _reason, _retryAt) = (BridgeActivity.Waiting, reason, _timeProvider.GetUtcNow() + retryIn);
        });
        return isNews;
    }

    /// <summary>There is no reason to connect to the source for now.</summary>
    public void Idle(string reason) => Change(() => (_link, _reason, _retryAt, _unreachedSince) = (BridgeActivity.Waiting, reason, null, null));

    /// <summary>Samples are not taken off our hands for now; an empty reason means that they are again.</summary>
    public void Trouble(string reason) => Change(() => _trouble = reason);

    public void Failed(string reason) => Change(() => (_link, _trouble, _reason, _retryAt) = (BridgeActivity.Failed, "", reason, null));

    public void CountReceived() => Interlocked.Increment(ref _received);

    /// <returns>How many there are by now.</returns>
    public long CountUnreadable(string fault)
    {
        lock (_lock)
            _lastFault = fault;
        return Interlocked.Increment(ref _unreadable);
    }

    public void CountRepeated() => Interlocked.Increment(ref _repeated);

    public void CountSkipped(int count) => Interlocked.Add(ref _skipped, count);

    public void CountAccepted(int count) => Interlocked.Add(ref _accepted, count);

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            var activity = _link != BridgeActivity.Failed && _trouble.Length > 0 ? BridgeActivity.Waiting : _link;
            if (activity != _activity) _since = _timeProvider.GetUtcNow();
            _activity = activity;
        }
    }
}
