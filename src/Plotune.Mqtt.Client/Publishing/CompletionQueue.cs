namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Tells callers how their publishes ended, one at a time and in order, whatever threads end them, and never inside a lock. Any thread.</summary>
internal sealed class CompletionQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<Ended> _ended = new();
    private bool _isTelling;
    private long _told;

    /// <summary>How many have been told.</summary>
    public long Told => Volatile.Read(ref _told);

    /// <summary>Adds one; <see cref="Tell"/> must follow once no lock is held.</summary>
    public void Add(IPublishCompletion completion, OutboundPublish publish, long id, in PublishResult result)
    {
        lock (_lock)
            _ended.Enqueue(new Ended(completion, publish, id, result));
    }

    /// <summary>Tells what waits, unless another thread is at it, which then tells these too.</summary>
    public void Tell()
    {
        while (TryTake(out var ended))
        {
            try
            {
                ended.Completion.Completed(ended.Publish, ended.Id, in ended.Result);
            }
            finally
            {
                Interlocked.Increment(ref _told);
                lock (_lock)
                    _isTelling = false;
            }
        }
    }

    private bool TryTake(out Ended ended)
    {
        lock (_lock)
        {
            ended = default;
            if (_isTelling || !_ended.TryDequeue(out ended))
                return false;
            return _isTelling = true;
        }
    }

    private readonly struct Ended(IPublishCompletion completion, OutboundPublish publish, long id, PublishResult result)
    {
        public readonly IPublishCompletion Completion = completion;
        public readonly OutboundPublish Publish = publish;
        public readonly long Id = id;
        public readonly PublishResult Result = result;
    }
}
