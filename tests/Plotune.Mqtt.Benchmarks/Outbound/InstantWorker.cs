using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Outbound;

/// <summary>Stands in for a worker: reads each frame as one would and reports every message as delivered, in frames read as the agent would.</summary>
internal sealed class InstantWorker(int messages) : IPublishLane
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OutboundLink? _link;
    private int _left = messages;

    /// <summary>Completes once all messages are reported.</summary>
    public Task Done => _done.Task;

    public OutboundLink Attach(OutboundQueues queues, string connection)
    {
        _link = queues.Attach(connection, this) ?? throw new InvalidOperationException($"There is no connection {connection}.");
        _link.Start();
        return _link;
    }

    public Task<bool> SendAsync(byte[] body, CancellationToken cancellationToken)
    {
        PublishReport[] reports = [.. PublishFrame.Read(body).Select(static request => new PublishReport(request.Id))];
        _link!.Report(PublishReportFrame.Read(PublishReportFrame.ToBody(reports)));
        _left -= reports.Length;
        if (_left <= 0)
            _done.TrySetResult();
        return Task.FromResult(true);
    }
}
