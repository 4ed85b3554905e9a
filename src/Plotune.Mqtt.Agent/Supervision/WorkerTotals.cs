using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Totals of a connection over all runs of its worker. A worker counts from zero; what its earlier runs had counted is added. Not thread-safe.</summary>
internal sealed class WorkerTotals
{
    private readonly Dictionary<string, long> _failuresBefore = [];
    private WorkerCounters _current = new();
    private long _receivedBefore;
    private long _bytesBefore;
    private long _refusedBefore;
    private long _ownBefore;
    private long _resentBefore;
    private long _connectionsBefore;
    private long _connectionsNow;

    /// <summary>When the newest message came, in seconds since 1970; null before the first.</summary>
    public double? LastMessage { get; private set; }

    public long Received => _receivedBefore + _current.Received;

    public long Bytes => _bytesBefore + _current.Bytes;

    public long SignalsRefused => _refusedBefore + _current.SignalsRefused;

    public long OwnMessages => _ownBefore + _current.OwnMessages;

    public long Resent => _resentBefore + _current.Resent;

    /// <summary>Connections to the broker after the first one, whichever run made them.</summary>
    public long Reconnects => Math.Max(0, _connectionsBefore + _connectionsNow - 1);

    public Dictionary<string, long> DecodeFailures()
    {
        var failures = new Dictionary<string, long>(_failuresBefore);
        foreach (var (reason, count) in _current.DecodeFailures)
            failures[reason] = failures.GetValueOrDefault(reason) + count;
        return failures;
    }

    public void Update(WorkerCounters counters)
    {
        _current = counters;
        LastMessage = counters.LastMessage ?? LastMessage;
    }

    public void Update(WorkerStatus status)
    {
        if (_connectionsNow > 0 || status.State == WorkerStates.Connected)
            _connectionsNow = status.Reconnects + 1;
    }

    /// <summary>The run ended: what it counted stays.</summary>
    public void EndRun()
    {
        _receivedBefore = Received;
        _bytesBefore = Bytes;
        _refusedBefore = SignalsRefused;
        _ownBefore = OwnMessages;
        _resentBefore = Resent;
        foreach (var (reason, count) in DecodeFailures())
            _failuresBefore[reason] = count;
        _connectionsBefore += _connectionsNow;
        _connectionsNow = 0;
        _current = new WorkerCounters();
    }
}
