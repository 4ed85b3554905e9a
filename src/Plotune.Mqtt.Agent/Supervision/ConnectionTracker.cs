using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// The state of one connection: the one place where it changes, under one lock, read as a snapshot. Changes that a person should hear of become events, once per episode, in order.
/// </summary>
internal sealed class ConnectionTracker(string connection, AgentLimits limits, TimeProvider timeProvider, Action<ConnectionEvent> publish)
{
    private const string WorkerLostReason = "WorkerLost";

    private readonly Lock _lock = new();
    private readonly LinkedList<ConnectionNotice> _notices = [];
    private readonly WorkerTotals _totals = new();
    private ConnectionActivity _activity = ConnectionActivity.Disabled;
    private DateTimeOffset _since = timeProvider.GetUtcNow();
    private string _reason = "";
    private string _reasonName = "";
    private int _attempt;
    private DateTimeOffset? _retryAt;
    private int? _workerPid;
    private string _protocol = "";
    private string _clientId = "";
    private long _samples;
    private long _refused;
    private long _restarts;
    private bool _wasConnected;
    private bool _isDown;
    private object? _run;

    public ConnectionActivity Activity
    {
        get
        {
            lock (_lock)
                return _activity;
        }
    }

    public ConnectionStateView View(int signals)
    {
        lock (_lock)
        {
            var failures = _totals.DecodeFailures();
            return new ConnectionStateView
            {
                Activity = _activity,
                Since = _since,
                Reason = _reason,
                ReasonName = _reasonName,
                Attempt = _attempt,
                RetryIn = _retryAt is { } at ? Math.Max(0, (at - timeProvider.GetUtcNow()).TotalSeconds) : null,
                WorkerPid = _workerPid,
                Protocol = _protocol,
                ClientId = _clientId,
                Received = _totals.Received,
                Bytes = _totals.Bytes,
                Samples = Volatile.Read(ref _samples),
                DecodeFailures = failures.Values.Sum(),
                DecodeFailuresByReason = failures,
                Signals = signals,
                SignalsRefused = _totals.SignalsRefused + _refused,
                Restarts = _restarts,
                Reconnects = _totals.Reconnects,
                Notices = [.. _notices],
            };
        }
    }

    /// <summary>A worker is being started for settings that are new or were changed.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            (_wasConnected, _isDown, _run) = (false, false, null);
            Enter(ConnectionActivity.Connecting);
        }
    }

    public void Disable()
    {
        lock (_lock)
        {
            _run = null;
            Enter(ConnectionActivity.Disabled);
        }
    }

    /// <summary>From now on this run's status is the connection's, until the next <see cref="Begin"/> or <see cref="Disable"/>: a run on its way out no longer changes what is shown.</summary>
    public void Expect(object run)
    {
        lock (_lock)
            _run = run;
    }

    /// <summary>Supervision itself failed.</summary>
    public void Fail(string reason)
    {
        lock (_lock)
        {
            Enter(ConnectionActivity.Failed, reason, "InternalError");
            Tell(ConnectionEventKind.Refused, "", reason);
        }
    }

    public void WorkerStarted(object run, int processId)
    {
        lock (_lock)
        {
            _workerPid = processId;
            if (_run == run && _activity == ConnectionActivity.Waiting && _reasonName == WorkerLostReason)
                Enter(ConnectionActivity.Connecting);
        }
    }

    /// <summary>The worker is gone, whether it was asked to or not.</summary>
    public void WorkerEnded()
    {
        lock (_lock)
        {
            _workerPid = null;
            _totals.EndRun();
        }
    }

    /// <summary>The worker was lost and is started again after <paramref name="delay"/>.</summary>
    public void WorkerLost(string reason, int attempt, TimeSpan delay)
    {
        lock (_lock)
        {
            _restarts++;
            Enter(ConnectionActivity.Waiting, reason, WorkerLostReason);
            _attempt = attempt;
            _retryAt = timeProvider.GetUtcNow() + delay;
            _isDown = true;
            if (attempt == 1)
                Tell(ConnectionEventKind.WorkerRestarted, "", $"{reason} It is started again.");
        }
    }

    public void Update(object run, WorkerStatus status)
    {
        lock (_lock)
        {
            _totals.Update(status);
            if (_run != run)
                return;

            if (status.Protocol.Length > 0)
                _protocol = status.Protocol;
            if (status.ClientId.Length > 0)
                _clientId = status.ClientId;
            switch (status.State)
            {
                case WorkerStates.Connected:
                    OnConnected(status);
                    break;
                case WorkerStates.Waiting:
                    OnWaiting(status);
                    break;
                case WorkerStates.Failed:
                    OnFailed(status);
                    break;
                case WorkerStates.Connecting:
                    Enter(ConnectionActivity.Connecting, status);
                    break;
                default:
                    // Stopped: we asked for it, or its end will say why.
                    break;
            }
        }
    }

    public void Update(WorkerCounters counters)
    {
        lock (_lock)
            _totals.Update(counters);
    }

    /// <summary>Samples were taken in.</summary>
    public void CountSamples(long count) => Interlocked.Add(ref _samples, count);

    /// <summary>The catalog refused a signal.</summary>
    public void CountRefused()
    {
        lock (_lock)
            _refused++;
    }

    public void Notify(ConnectionEventKind kind, string subject, string text)
    {
        lock (_lock)
            Tell(kind, subject, text);
    }

    private void OnConnected(WorkerStatus status)
    {
        if (_activity == ConnectionActivity.Connected)
            return;

        Enter(ConnectionActivity.Connected, status);
        if (_isDown)
            Tell(ConnectionEventKind.Back, "", "Connected again.");
        else if (!_wasConnected)
            Tell(ConnectionEventKind.Connected, "", "Connected.");
        (_wasConnected, _isDown) = (true, false);
    }

    private void OnWaiting(WorkerStatus status)
    {
        Enter(ConnectionActivity.Waiting, status);
        if (_isDown)
            return;

        _isDown = true;
        Tell(ConnectionEventKind.Lost, "", status.Reason);
    }

    private void OnFailed(WorkerStatus status)
    {
        if (_activity == ConnectionActivity.Failed && _reason == status.Reason)
            return;

        Enter(ConnectionActivity.Failed, status);
        Tell(ConnectionEventKind.Refused, "", status.Reason);
    }

    private void Enter(ConnectionActivity activity, WorkerStatus status)
    {
        Enter(activity, status.Reason, status.ReasonName);
        // The attempt that succeeded is none that is being made.
        _attempt = activity == ConnectionActivity.Connected ? 0 : status.Attempt;
        _retryAt = activity == ConnectionActivity.Waiting && status.RetryAt is { } at && double.IsFinite(at)
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(at, 0, uint.MaxValue))
            : null;
    }

    private void Enter(ConnectionActivity activity, string reason = "", string reasonName = "")
    {
        if (_activity != activity)
            _since = timeProvider.GetUtcNow();
        (_activity, _reason, _reasonName, _attempt, _retryAt) = (activity, reason, reasonName, 0, null);
    }

    private void Tell(ConnectionEventKind kind, string subject, string text)
    {
        var now = timeProvider.GetUtcNow();
        if (kind is not ConnectionEventKind.Connected)
        {
            _notices.AddFirst(new ConnectionNotice(now, kind, subject, text));
            if (_notices.Count > limits.MaximumNotices)
                _notices.RemoveLast();
        }

        // Under the lock, so that events come in the order of the changes they tell of; see EventOccurred on what handlers may do.
        publish(new ConnectionEvent(now, kind, connection, subject, text));
    }
}
