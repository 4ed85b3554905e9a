namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Limits how many publishes are unacknowledged at once. A place is taken until the acknowledgement comes, even if nobody waits for it any more: the
/// packet identifier stays in use that long [MQTT-2.2.1-3].
/// </summary>
#pragma warning disable CA1001 // A semaphore that is only awaited holds nothing to dispose of, and places are given back after the end of the connection.
internal sealed class PublishWindow(int size, TimeProvider timeProvider)
#pragma warning restore CA1001
{
    /// <summary>MQTTnet counts packet identifiers round and round; one that is held this long would soon be handed out a second time.</summary>
    private const int IdentifierRound = 60_000;

    private readonly SemaphoreSlim _places = new(size);
    private readonly LinkedList<long> _outstanding = new();
    private readonly Lock _lock = new();
    private long _taken;
    private long _lastProgress;

    public async Task<LinkedListNode<long>> EnterAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_outstanding.Count == 0)
                _lastProgress = timeProvider.GetTimestamp();
            return _outstanding.AddLast(_taken++);
        }
    }

    public void Leave(LinkedListNode<long> place)
    {
        lock (_lock)
        {
            _outstanding.Remove(place);
            _lastProgress = timeProvider.GetTimestamp();
        }

        _places.Release();
    }

    /// <summary>True if something is outstanding and nothing has been acknowledged for <paramref name="limit"/>, or one identifier is held for ever.</summary>
    public bool IsStalled(TimeSpan limit)
    {
        lock (_lock)
        {
            return _outstanding.First is { } oldest
                && (timeProvider.GetElapsedTime(_lastProgress) >= limit || _taken - oldest.Value >= IdentifierRound);
        }
    }
}
