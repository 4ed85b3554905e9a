namespace Plotune.Mqtt.Agent.Signals;

/// <summary>What has to be stored, and what may be announced because it is.</summary>
internal sealed partial class SignalStore
{
    private readonly Queue<Signal> _unstored = [];
    private readonly Pulse _changed = new();
    private readonly Pulse _announceableChanged = new();
    private long _announceable;

    /// <summary>
    /// Stored signals with an ordinal of <paramref name="from"/> or more, in order, at most <paramref name="max"/>; go on behind the last one's ordinal.
    /// Ordinals have holes. A signal that comes back after its connection was deleted gets a new ordinal: see <see cref="Signal.AnnouncedIn"/>.
    /// While the storage fails, signals count as stored: a name that may change after a restart is better than a signal nobody sees.
    /// </summary>
    public IReadOnlyList<Signal> GetByOrdinal(long from, int max)
    {
        lock (_lock)
        {
            var first = _catalog.IndexOf(from);
            var count = Math.Clamp(_catalog.IndexOf(_announceable) - first, 0, max);
            return _catalog.InOrder.Slice(first, count).ToArray();
        }
    }

    /// <summary>Completes once there is a stored signal with an ordinal of <paramref name="from"/> or more.</summary>
    public async Task WaitForNewAsync(long from, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = _announceableChanged.Next;
            if (GetByOrdinal(from, 1).Count > 0)
                return;

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes once there may be something to store.</summary>
    internal Task WaitForUnstoredAsync(CancellationToken cancellationToken)
    {
        var next = _changed.Next;
        lock (_lock)
            return _unstored.Count > 0 ? Task.CompletedTask : next.WaitAsync(cancellationToken);
    }

    /// <summary>Takes the next signals to store, in the order they changed; each has to be given back to <see cref="Settle"/>.</summary>
    internal List<Signal> TakeUnstored(int max)
    {
        var taken = new List<Signal>();
        lock (_lock)
        {
            while (taken.Count < max && _unstored.TryDequeue(out var signal))
            {
                signal.IsQueuedForStorage = false;
                taken.Add(signal);
            }
        }

        return taken;
    }

    /// <summary>What was taken is stored, or could not be and waits for another attempt; either way it may be announced.</summary>
    internal void Settle(IReadOnlyList<Signal> signals, bool stored)
    {
        lock (_lock)
        {
            foreach (var signal in signals)
            {
                signal.IsSettled = true;
                if (stored)
                    signal.IsStored = true;
                else
                    QueueForStorage(signal);
            }

            AdvanceAnnounceable();
        }
    }

    private void QueueForStorage(Signal signal)
    {
        if (!_persistent || signal.IsQueuedForStorage)
            return;

        signal.IsQueuedForStorage = true;
        _unstored.Enqueue(signal);
        _changed.Set();
    }

    private void AdvanceAnnounceable()
    {
        var before = _announceable;
        var signals = _catalog.InOrder;
        for (var i = _catalog.IndexOf(_announceable); i < signals.Count && (signals[i].IsStored || signals[i].IsSettled); i++)
            _announceable = signals[i].Ordinal + 1;

        if (_announceable != before)
            _announceableChanged.Set();
    }
}
