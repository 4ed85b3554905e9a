using System.Diagnostics;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>Takes the time each message was under way, as it comes off the socket.</summary>
/// <param name="member">Holds when it was sent, by the clock of <see cref="Stopwatch"/>.</param>
internal sealed class Arrivals(string member) : IPublishHandler, IConnectionObserver
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private TaskCompletionSource<double[]> _all = new();
    private double[] _times = [];
    private int _count;

    public Task Connected => _connected.Task;

    /// <summary>Completes with the next so many, in milliseconds, in the order they came.</summary>
    public Task<double[]> Begin(int count)
    {
        lock (_lock)
        {
            _all = new TaskCompletionSource<double[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            (_times, _count) = (new double[count], 0);
            return _all.Task;
        }
    }

    public bool OnPublish(in InboundPublish publish)
    {
        var now = Stopwatch.GetTimestamp();
        var sent = (long)JsonNode.Parse(publish.Payload)![member]!;
        lock (_lock)
        {
            if (_count == _times.Length) return true;
            _times[_count++] = Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds;
            if (_count == _times.Length) _all.SetResult(_times);
        }

        return true;
    }

    public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void StatusChanged(ConnectionStatus status)
    {
        if (status.State == ConnectionState.Connected) _connected.TrySetResult();
    }

    public void SubscriptionRefused(string filter, string reasonName, string reason) => _connected.TrySetException(new InvalidOperationException(reason));

    public void SubscriptionGranted(string filter, QualityOfService granted)
    {
    }

    public void SessionLost()
    {
    }
}
