using System.Threading.Tasks.Sources;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The bounded queue of one viewer. A viewer that falls behind loses the oldest of its own samples, counted per signal, and never slows anyone else.
/// One reader; thread-safe otherwise.
/// </summary>
/// <param name="capacity">Live samples held at most. (default: 8,192)</param>
internal sealed class SignalViewer(int capacity = SignalViewer.DefaultCapacity) : IDisposable, IValueTaskSource<bool>
{
    public const int DefaultCapacity = 8192;

    /// <summary>Texts can be large, so a queue is also bounded in bytes: this many of JSON.</summary>
    public const long MaximumBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly ViewerQueue _history = new();
    private readonly ViewerQueue _live = new();
    private readonly Dictionary<Signal, long> _missed = [];
    private readonly Queue<SignalSubscription> _joins = [];
    private readonly HashSet<SignalSubscription> _subscriptions = [];
    private ManualResetValueTaskSourceCore<bool> _wait;
    private CancellationTokenRegistration _waitCancellation;
    private CancellationToken _waitToken;
    private bool _waiting;
    private bool _historyWasAll;
    private bool _disposed;
    private long _dropped;

    public int Capacity => capacity;

    /// <summary>Samples lost since the viewer was made.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    internal bool IsDisposed => Volatile.Read(ref _disposed);

    /// <summary>
    /// Completes with true once <see cref="Drain"/> may have something, with false once the viewer is disposed. One wait at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing is lost by it.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_disposed)
                return ValueTask.FromResult(false);
            if (HasWork)
                return ValueTask.FromResult(true);
            if (_waiting)
                throw new InvalidOperationException("A viewer has one reader.");

            _wait.Reset();
            _waiting = true;
            _waitToken = cancellationToken;
        }

        var result = new ValueTask<bool>(this, _wait.Version);
        _waitCancellation = cancellationToken.UnsafeRegister(static viewer => ((SignalViewer)viewer!).CancelWait(), this);
        return result;
    }

    /// <summary>Takes entries, oldest first; zero if there are none. In order per signal: history, then live; a loss is reported before the samples that follow it.</summary>
    public int Drain(Span<ViewerSample> destination)
    {
        var count = DrainHistory(destination);
        lock (_lock)
        {
            if (_history.Count > 0)
                return count;

            _historyWasAll = count > 0 && count == destination.Length;
            count += DrainMissed(destination[count..]);
            return count + _live.Dequeue(destination[count..]);
        }
    }

    /// <summary>Ends all its subscriptions and a pending wait.</summary>
    public void Dispose()
    {
        SignalSubscription[] subscriptions;
        bool wake;
        lock (_lock)
        {
            if (_disposed)
                return;

            _disposed = true;
            wake = ClaimWait();
            subscriptions = [.. _subscriptions];
            _history.Clear();
            _live.Clear();
            _missed.Clear();
            _joins.Clear();
        }

        if (wake)
            Complete(runsHere: false);
        if (subscriptions.Length > 0)
            subscriptions[0].Store.EndAll(this, subscriptions);
    }

    /// <summary>Adds a live sample; past the bounds the oldest one goes.</summary>
    /// <returns>True if the caller has to <see cref="Wake"/> the reader once it holds no lock.</returns>
    internal bool Enqueue(Signal signal, ReadOnlyMemory<byte> json)
    {
        lock (_lock)
        {
            if (_disposed)
                return false;

            while (_live.Count > 0 && (_live.Count >= capacity || _live.Bytes + json.Length > MaximumBytes))
                DropOldest();

            _live.Enqueue(new ViewerSample(signal, json));
            return ClaimWait();
        }
    }

    /// <summary>Adds a sample of a history, which the reader gets before anything live. Called while the reader itself drains.</summary>
    internal void EnqueueHistory(Signal signal, ReadOnlyMemory<byte> json)
    {
        lock (_lock)
        {
            if (!_disposed)
                _history.Enqueue(new ViewerSample(signal, json));
        }
    }

    /// <summary>
    /// Completes the wait that <see cref="Enqueue"/> claimed for the caller. The reader goes on upon the caller's thread, so that a sample is at the viewer's socket without
    /// waiting for another thread to wake; it must not block.
    /// </summary>
    internal void Wake() => Complete(runsHere: true);

    /// <summary>False if the viewer is disposed.</summary>
    /// <exception cref="SubscriptionLimitException">It has <paramref name="limit"/> subscriptions.</exception>
    internal bool Add(SignalSubscription subscription, int limit)
    {
        lock (_lock)
        {
            if (_disposed)
                return false;
            if (_subscriptions.Count >= limit)
                throw new SubscriptionLimitException(limit);

            return _subscriptions.Add(subscription);
        }
    }

    /// <summary>Number of subscriptions left.</summary>
    internal int Remove(SignalSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
            return _subscriptions.Count;
        }
    }

    /// <summary>Histories are joined by the reader as it has room for them: see <see cref="SignalSubscription.JoinNext"/>.</summary>
    internal void EnqueueJoin(SignalSubscription subscription)
    {
        bool wake;
        lock (_lock)
        {
            if (_disposed)
                return;

            _joins.Enqueue(subscription);
            wake = ClaimWait();
        }

        if (wake)
            Complete(runsHere: false);
    }

    /// <summary>Whether an active subscription other than <paramref name="except"/> takes the signal too.</summary>
    internal bool IsWatching(Signal signal, SignalSubscription except)
    {
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
            {
                if (subscription != except && subscription.IsActive && subscription.Takes(signal))
                    return true;
            }

            return false;
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        // Waits for a cancellation that is just running, which would otherwise end the next wait.
        _waitCancellation.Dispose();
        return _wait.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private bool HasWork => _live.Count > 0 || _history.Count > 0 || _missed.Count > 0 || _joins.Count > 0;

    private void Complete(bool runsHere)
    {
        _wait.RunContinuationsAsynchronously = !runsHere;
        _wait.SetResult(!IsDisposed);
    }

    private bool ClaimWait()
    {
        var claimed = _waiting;
        _waiting = false;
        return claimed;
    }

    private void CancelWait()
    {
        bool claimed;
        lock (_lock)
            claimed = ClaimWait();

        if (!claimed)
            return;

        _wait.RunContinuationsAsynchronously = true;
        _wait.SetException(new OperationCanceledException(_waitToken));
    }

    private void DropOldest()
    {
        var lost = _live.Dequeue();
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_missed, lost.Signal, out _)++;
        Volatile.Write(ref _dropped, _dropped + 1);
        lost.Signal.Owner.Viewers.CountDropped();
    }

    /// <summary>Histories get at most half of the room while live samples wait, so that neither holds up the other for long.</summary>
    private int DrainHistory(Span<ViewerSample> destination)
    {
        var count = 0;
        while (true)
        {
            SignalSubscription join;
            lock (_lock)
            {
                count += _history.Dequeue(destination[count..]);
                var liveIsDue = _live.Count > 0 && (_historyWasAll || count > destination.Length / 2);
                if (count == destination.Length || liveIsDue || !_joins.TryPeek(out join!))
                    return count;
            }

            if (join.JoinNext())
                continue;

            lock (_lock)
                _joins.TryDequeue(out _);
        }
    }

    private int DrainMissed(Span<ViewerSample> destination)
    {
        var count = 0;
        if (_missed.Count == 0)
            return count;

        foreach (var (signal, missed) in _missed)
        {
            if (count == destination.Length)
                break;
            destination[count++] = new ViewerSample(signal, default, missed);
        }

        foreach (var report in destination[..count])
            _missed.Remove(report.Signal);
        return count;
    }
}
