using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

/// <summary>A worker's run without a worker: keeps what it is given and reports what a test says.</summary>
internal sealed class FakeLane : IPublishLane, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<PublishRequest> _given = [];
    private readonly List<PublishRequest> _unreported = [];
    private readonly OutboundLink _link;

    private FakeLane(OutboundQueues queues, string connection) =>
        _link = queues.Attach(connection, this) ?? throw new InvalidOperationException($"There is no connection {connection}.");

    /// <summary>What it was given, in order.</summary>
    public IReadOnlyList<PublishRequest> Given
    {
        get
        {
            lock (_lock)
                return [.. _given];
        }
    }

    /// <summary>What it was given and has not reported, in order.</summary>
    public IReadOnlyList<PublishRequest> Unreported
    {
        get
        {
            lock (_lock)
                return [.. _unreported];
        }
    }

    public int LargestFrame { get; private set; }

    /// <summary>Frames are taken once this is completed.</summary>
    public Task Reading { get; private init; } = Task.CompletedTask;

    public static FakeLane Attach(OutboundQueues queues, string connection = OutboundHome.Connection, Task? reading = null)
    {
        var lane = new FakeLane(queues, connection) { Reading = reading ?? Task.CompletedTask };
        lane._link.Start();
        return lane;
    }

    public async Task<bool> SendAsync(byte[] body, CancellationToken cancellationToken)
    {
        await Reading.WaitAsync(cancellationToken);
        lock (_lock)
        {
            var requests = PublishFrame.Read(body);
            LargestFrame = Math.Max(LargestFrame, body.Length);
            _given.AddRange(requests);
            _unreported.AddRange(requests);
        }

        return true;
    }

    public Task UntilGivenAsync(int count) =>
        Eventually.TrueAsync($"{count} messages are handed over", () => Given.Count >= count, TestContext.Current.CancellationToken, state: () => Given.Count);

    public void Deliver(params IEnumerable<PublishRequest> requests) => Report(requests.Select(request => new PublishReport(request.Id)));

    public void DeliverAll() => Deliver(Unreported);

    public void Refuse(string name, string sentence, params IEnumerable<PublishRequest> requests) => Report(requests.Select(request => new PublishReport(request.Id, name, sentence)));

    /// <summary>Reports in a frame, as a worker does.</summary>
    public void Report(params IEnumerable<PublishReport> reports)
    {
        PublishReport[] all = [.. reports];
        lock (_lock)
        {
            var ids = all.Select(report => report.Id).ToHashSet();
            _unreported.RemoveAll(request => ids.Contains(request.Id));
        }

        _link.Report(PublishReportFrame.Read(PublishReportFrame.ToBody(all)));
    }

    /// <summary>The run ends; what is not reported goes back.</summary>
    public ValueTask DisposeAsync() => _link.DisposeAsync();
}
