namespace Plotune.Mqtt.Client.Session;

/// <summary>The list of filters an owner wants, on its way from any thread to the loop. Only the newest list counts.</summary>
internal sealed class WantedSubscriptions(IReadOnlyList<TopicSubscription> initial)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<TopicSubscription> _list = initial;
    private IReadOnlyList<string> _unwanted = [];
    private TaskCompletionSource _changed = New();
    private TaskCompletionSource? _applied;
    private bool _isClosed;

    /// <summary>Completes when there is a list that was not taken yet.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <summary>Sets a new list.</summary>
    /// <param name="unwanted">Filters to end even if nothing is known of them.</param>
    /// <returns>Completes when the loop has dealt with this list or a later one.</returns>
    public Task Replace(IReadOnlyList<TopicSubscription> list, IReadOnlyList<string>? unwanted = null)
    {
        lock (_lock)
        {
            _list = list;
            _unwanted = unwanted ?? [];
            _changed.TrySetResult();
            if (_isClosed)
                return Task.CompletedTask;
            return (_applied ??= New()).Task;
        }
    }

    /// <summary>The newest list, the filters to end besides, once, and whom to tell when both are dealt with.</summary>
    public (IReadOnlyList<TopicSubscription> List, IReadOnlyList<string> Unwanted, TaskCompletionSource? Applied) Take()
    {
        lock (_lock)
        {
            var applied = _applied;
            _applied = null;
            if (_changed.Task.IsCompleted)
                _changed = New();
            var unwanted = _unwanted;
            _unwanted = [];
            return (_list, unwanted, applied);
        }
    }

    /// <summary>Tells those who wait that their list is kept for the next connection.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _applied?.TrySetResult();
            _applied = null;
        }
    }

    /// <summary>There will be no further connection: nobody need wait any more.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
        Release();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
