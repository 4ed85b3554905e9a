using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>The state of one worker of a connection, changed under the connection's lock.</summary>
internal sealed class WorkerTracker(ConnectionTracker connection, TimeProvider timeProvider)
{
    /// <summary>Name of the reason of a worker whose process was lost.</summary>
    public const string LostReasonName = "WorkerLost";

    private readonly MessageRate _rate = new(timeProvider);
    private long _samples;
    private object? _run;

    /// <summary>This and what follows is guarded by <see cref="ConnectionTracker.Gate"/>.</summary>
    public ConnectionActivity Activity { get; private set; } = ConnectionActivity.Disabled;

    public string Reason { get; private set; } = "";

    public string ReasonName { get; private set; } = "";

    /// <inheritdoc cref="WorkerStatus.NeedsAttention"/>
    public bool NeedsAttention { get; private set; }

    public int Attempt { get; private set; }

    public DateTimeOffset? RetryAt { get; private set; }

    public int? ProcessId { get; private set; }

    public string Protocol { get; private set; } = "";

    public string ClientId { get; private set; } = "";

    /// <inheritdoc cref="WorkerStatus.Reached"/>
    public string Reached { get; private set; } = "";

    /// <summary>What became of each topic filter.</summary>
    public IReadOnlyList<WorkerSubscription> Subscriptions { get; private set; } = [];

    public long Restarts { get; private set; }

    /// <summary>When the process was last lost, or, once another has been started, when that was; null before.</summary>
    public DateTimeOffset? RestartedAt { get; private set; }

    /// <summary>When it last connected again; null before.</summary>
    public DateTimeOffset? ReconnectedAt { get; private set; }

    /// <summary>Signals the catalog refused.</summary>
    public long Refused { get; private set; }

    public WorkerTotals Totals { get; } = new();

    /// <summary>The process was lost, and no other has been started yet.</summary>
    public bool IsLost => Activity == ConnectionActivity.Waiting && ReasonName == LostReasonName;

    /// <summary>Samples taken in; any thread.</summary>
    public long Samples => Volatile.Read(ref _samples);

    public WorkerStateView View => new(ProcessId, Activity, Reason, ClientId, Totals.Received, Restarts);

    /// <summary>Begins afresh, or ends, for settings that are new or were changed. The caller holds the lock and tells the connection.</summary>
    public void Reset(bool isWanted)
    {
        _run = null;
        Enter(isWanted ? ConnectionActivity.Connecting : ConnectionActivity.Disabled);
    }

    /// <summary>From now on this run's status is the worker's, until the next <see cref="Reset"/>: a run on its way out no longer changes what is shown.</summary>
    public void Expect(object run)
    {
        lock (connection.Gate)
        {
            _run = run;
            (Reached, Subscriptions) = ("", []);
        }
    }

    /// <summary>No process is started until the settings change, or at all.</summary>
    public void Fail(string reason, string reasonName)
    {
        lock (connection.Gate)
        {
            Enter(ConnectionActivity.Failed, reason, reasonName);
            connection.OnChanged();
        }
    }

    public void Started(object run, int processId)
    {
        lock (connection.Gate)
        {
            ProcessId = processId;
            if (_run != run || !IsLost)
                return;

            RestartedAt = timeProvider.GetUtcNow();
            Enter(ConnectionActivity.Connecting);
            connection.OnChanged();
        }
    }

    /// <summary>The process is gone, as it was asked to be.</summary>
    public void Ended()
    {
        lock (connection.Gate)
            EndRun();
    }

    /// <summary>The process was lost, or could not be started, and is started again after <paramref name="delay"/>.</summary>
    public void Lost(string reason, int attempt, TimeSpan delay)
    {
        lock (connection.Gate)
        {
            EndRun();
            var others = connection.AnyLost;
            Restarts++;
            RestartedAt = timeProvider.GetUtcNow();
            Enter(ConnectionActivity.Waiting, reason, LostReasonName);
            Attempt = attempt;
            RetryAt = timeProvider.GetUtcNow() + delay;
            connection.OnLost(attempt == 1 && !others ? $"{reason} It is started again." : null);
        }
    }

    public void Update(object run, WorkerStatus status)
    {
        lock (connection.Gate)
        {
            var reconnects = Totals.Reconnects;
            Totals.Update(status);
            if (Totals.Reconnects > reconnects)
                ReconnectedAt = timeProvider.GetUtcNow();
            if (_run != run || ActivityOf(status.State) is not { } activity)
                return;

            if (status.Protocol.Length > 0)
                Protocol = status.Protocol;
            if (status.ClientId.Length > 0)
                ClientId = status.ClientId;
            // While it is being connected, what the last attempt reached is still all that is known.
            if (activity != ConnectionActivity.Connecting)
                Reached = status.Reached;
            Enter(activity, status.Reason, status.ReasonName);
            NeedsAttention = status.NeedsAttention;
            // The attempt that succeeded is none that is being made.
            Attempt = activity == ConnectionActivity.Connected ? 0 : status.Attempt;
            if (activity == ConnectionActivity.Waiting && status.RetryAt is { } at && double.IsFinite(at))
                RetryAt = DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(at, 0, uint.MaxValue));
            connection.OnChanged();
        }
    }

    public void Update(WorkerCounters counters)
    {
        lock (connection.Gate)
        {
            Totals.Update(counters);
            _rate.Reported();
        }
    }

    /// <summary>Whether it received many messages by the last measurement. The caller holds the lock.</summary>
    public bool IsBusy => _rate.PerSecond >= WorkerPace.BusyRate;

    /// <summary>Messages a second since the last call. The caller holds the lock.</summary>
    public double MeasureRate() => _rate.Measure(Totals.Received);

    public void Update(object run, WorkerSubscription[] subscriptions)
    {
        lock (connection.Gate)
        {
            if (_run == run)
                Subscriptions = subscriptions;
        }
    }

    /// <summary>Samples were taken in.</summary>
    public void CountSamples(long count) => Interlocked.Add(ref _samples, count);

    /// <summary>The catalog refused a signal.</summary>
    public void CountRefused()
    {
        lock (connection.Gate)
            Refused++;
    }

    public void Notify(ConnectionEventKind kind, string subject, string text) => connection.Notify(this, kind, subject, text);

    /// <returns>Null where it stopped: we asked for it, or its end will say why.</returns>
    private static ConnectionActivity? ActivityOf(string state) => state switch
    {
        WorkerStates.Connecting => ConnectionActivity.Connecting,
        WorkerStates.Connected => ConnectionActivity.Connected,
        WorkerStates.Waiting => ConnectionActivity.Waiting,
        WorkerStates.Failed => ConnectionActivity.Failed,
        _ => null,
    };

    private void EndRun()
    {
        ProcessId = null;
        Totals.EndRun();
    }

    private void Enter(ConnectionActivity activity, string reason = "", string reasonName = "") =>
        (Activity, Reason, ReasonName, NeedsAttention, Attempt, RetryAt) = (activity, reason, reasonName, false, 0, null);
}
