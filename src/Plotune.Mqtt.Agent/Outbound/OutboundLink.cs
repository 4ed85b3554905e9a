using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>One run of the worker that publishes for a connection: hands it the queue's messages in order and takes its reports. Whatever is not reported is the queue's again once this is disposed.</summary>
internal sealed class OutboundLink : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly OutboundQueue _queue;
    private readonly IPublishLane _lane;
    private Task _handingOver = Task.CompletedTask;

    /// <summary>Attaches to a queue that no other run is attached to.</summary>
    public OutboundLink(OutboundQueue queue, IPublishLane lane)
    {
        _queue = queue;
        _lane = lane;
        queue.Attach(this);
    }

    /// <summary>Begins to hand messages over; from now on reports may come.</summary>
    public void Start() => _handingOver = Task.Run(HandOverAsync);

    /// <summary>Takes what became of messages; ignored once disposed. One caller at a time.</summary>
    /// <exception cref="FrameException">It names a message this run was not given, or has reported before.</exception>
    public void Report(IReadOnlyList<PublishReport> reports) => _queue.Report(this, reports);

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested)
            return;

        await _ending.CancelAsync().ConfigureAwait(false);
        try
        {
            await _handingOver.ConfigureAwait(false);
        }
        finally
        {
            _queue.Detach(this);
            _ending.Dispose();
        }
    }

    private async Task HandOverAsync()
    {
        try
        {
            while (true)
            {
                var changed = _queue.NextHandable;
                var requests = _queue.Take(this);
                if (requests.Count == 0)
                    await changed.WaitAsync(_ending.Token).ConfigureAwait(false);
                else if (!await _lane.SendAsync(PublishFrame.ToBody(requests), _ending.Token).ConfigureAwait(false))
                    return;
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
