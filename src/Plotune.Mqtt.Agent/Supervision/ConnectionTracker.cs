using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>
/// The state of one connection, put together from its workers': it is as well as the worst of them, and counts what all of them count. Changed under one lock and
/// read as a snapshot. Changes that a person should hear of become events, once per episode, in order, and once however many workers they befall.
/// </summary>
internal sealed class ConnectionTracker(string connection, AgentLimits limits, TimeProvider timeProvider, Action<ConnectionEvent> publish)
{
    /// <summary>How long a notice that one worker gave stands for the same notice of another.</summary>
    private static readonly TimeSpan SameNotice = TimeSpan.FromMinutes(1);

    private readonly LinkedList<(ConnectionNotice Notice, WorkerTracker? Worker)> _notices = [];
    private readonly List<WorkerTracker> _workers = [];

    // Names of the reasons told since the broker was last reached.
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly RateHistory _rates = new(timeProvider);
    private ConnectionActivity _activity = ConnectionActivity.Disabled;
    private DateTimeOffset _since = timeProvider.GetUtcNow();
    private string _reason = "";
    private bool _wasConnected;
    private bool _isDown;

    public ConnectionActivity Activity
    {
        get
        {
            lock (Gate)
                return _activity;
        }
    }

    /// <summary>Workers that received many messages a second when <see cref="MeasureRate"/> was last called.</summary>
    public int BusyWorkers
    {
        get
        {
            lock (Gate)
                return _workers.Count(static worker => worker.IsBusy);
        }
    }

    /// <summary>Guards this and the workers' trackers.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Some worker's process was lost, and no other has been started yet.</summary>
    internal bool AnyLost => _workers.Exists(static worker => worker.IsLost);

    /// <summary>The worker that is worst off, the first among equals.</summary>
    private WorkerTracker? Worst => _workers.MaxBy(static worker => Severity(worker.Activity));

    public WorkerTracker AddWorker()
    {
        lock (Gate)
        {
            var worker = new WorkerTracker(this, timeProvider);
            _workers.Add(worker);
            return worker;
        }
    }

    public ConnectionStateView View(int signals)
    {
        lock (Gate)
        {
            var shown = Worst;
            var first = _workers.FirstOrDefault();
            var failures = new Dictionary<string, long>();
            foreach (var (reason, count) in _workers.SelectMany(static worker => worker.Totals.DecodeFailures()))
                failures[reason] = failures.GetValueOrDefault(reason) + count;
            return new ConnectionStateView
            {
                Activity = _activity,
                Since = _since,
                Reason = _reason,
                ReasonName = shown?.ReasonName ?? "",
                Attempt = shown?.Attempt ?? 0,
                RetryIn = shown?.RetryAt is { } at ? Math.Max(0, (at - timeProvider.GetUtcNow()).TotalSeconds) : null,
                WorkerPid = first?.ProcessId,
                Workers = [.. _workers.Where(static worker => worker.Activity != ConnectionActivity.Disabled || worker.ProcessId is not null).Select(static worker => worker.View)],
                Protocol = first?.Protocol ?? "",
                ClientId = first?.ClientId ?? "",
                Reached = shown?.Reached ?? "",
                Subscriptions = [.. _workers.Where(static worker => worker.Activity != ConnectionActivity.Disabled).SelectMany(static worker => worker.Subscriptions)],
                LastMessage = _workers.Max(static worker => worker.Totals.LastMessage) is { } last && double.IsFinite(last) ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(last, 0, uint.MaxValue)) : null,
                Received = _workers.Sum(static worker => worker.Totals.Received),
                Bytes = _workers.Sum(static worker => worker.Totals.Bytes),
                Samples = _workers.Sum(static worker => worker.Samples),
                DecodeFailures = failures.Values.Sum(),
                DecodeFailuresByReason = failures,
                Signals = signals,
                SignalsRefused = _workers.Sum(static worker => worker.Totals.SignalsRefused + worker.Refused),
                OwnMessages = _workers.Sum(static worker => worker.Totals.OwnMessages),
                Resent = _workers.Sum(static worker => worker.Totals.Resent),
                Restarts = _workers.Sum(static worker => worker.Restarts),
                RestartedAt = _workers.Max(static worker => worker.RestartedAt),
                Reconnects = _workers.Sum(static worker => worker.Totals.Reconnects),
                ReconnectedAt = _workers.Max(static worker => worker.ReconnectedAt),
                Rate = _rates.Newest,
                Rates = _rates.OldestFirst,
                Notices = [.. _notices.Select(static entry => entry.Notice)],
            };
        }
    }

    /// <summary>Takes down how many messages come; to be called every <see cref="RateHistory.Interval"/>.</summary>
    public void MeasureRate()
    {
        lock (Gate)
        {
            var rate = _workers.Sum(static worker => worker.MeasureRate());
            // Where nobody listens, that nothing comes says nothing.
            _rates.Add(rate > 0 || _workers.Exists(static worker => worker.Activity == ConnectionActivity.Connected) ? rate : null);
        }
    }

    /// <summary>Workers are started or stopped for settings that are new or were changed.</summary>
    public void Begin(IEnumerable<(WorkerTracker Worker, bool IsWanted)> workers)
    {
        lock (Gate)
        {
            foreach (var (worker, isWanted) in workers)
                worker.Reset(isWanted);
            (_wasConnected, _isDown) = (false, false);
            _told.Clear();
            OnChanged();
        }
    }

    /// <summary>The agent itself has something to say.</summary>
    public void Notify(ConnectionEventKind kind, string subject, string text) => Notify(null, kind, subject, text);

    /// <param name="worker">Who says it; null for the agent.</param>
    internal void Notify(WorkerTracker? worker, ConnectionEventKind kind, string subject, string text)
    {
        lock (Gate)
        {
            var since = timeProvider.GetUtcNow() - SameNotice;
            var isKnown = _notices.Any(entry => entry.Worker != worker && entry.Notice.Time > since && (entry.Notice.Kind, entry.Notice.Subject, entry.Notice.Text) == (kind, subject, text));
            if (!isKnown)
                Tell(kind, subject, text, worker);
        }
    }

    /// <summary>A worker's process was lost. The caller holds the lock.</summary>
    /// <param name="notice">Null if the episode is known.</param>
    internal void OnLost(string? notice)
    {
        _isDown = true;
        OnChanged();
        if (notice is not null)
            Tell(ConnectionEventKind.WorkerRestarted, "", notice);
    }

    /// <summary>A worker's state changed. The caller holds the lock.</summary>
    internal void OnChanged()
    {
        var (before, reasonBefore) = (_activity, _reason);
        (_activity, _reason) = Worst is { } worst ? (worst.Activity, worst.Reason) : (ConnectionActivity.Disabled, "");
        if (_activity != before)
            _since = timeProvider.GetUtcNow();

        switch (_activity)
        {
            case ConnectionActivity.Connected when before != ConnectionActivity.Connected:
                if (_isDown)
                    Tell(ConnectionEventKind.Back, "", "Connected again.");
                else if (!_wasConnected)
                    Tell(ConnectionEventKind.Connected, "", "Connected.");
                (_wasConnected, _isDown) = (true, false);
                _told.Clear();
                break;
            case ConnectionActivity.Waiting when !_isDown:
                _isDown = true;
                _told.Add(Worst!.ReasonName);
                Tell(ConnectionEventKind.Lost, "", _reason);
                break;
            case ConnectionActivity.Waiting when Worst is { NeedsAttention: true } hindered && _told.Add(hindered.ReasonName):
                Tell(ConnectionEventKind.Hindered, "", _reason);
                break;
            case ConnectionActivity.Failed when before != ConnectionActivity.Failed || reasonBefore != _reason:
                Tell(Worst?.ReasonName == LostSecrets.ReasonName ? ConnectionEventKind.SecretLost : ConnectionEventKind.Refused, "", _reason);
                break;
            default:
                break;
        }
    }

    private static int Severity(ConnectionActivity activity) => activity switch
    {
        ConnectionActivity.Failed => 4,
        ConnectionActivity.Waiting => 3,
        ConnectionActivity.Connecting => 2,
        ConnectionActivity.Connected => 1,
        _ => 0,
    };

    private void Tell(ConnectionEventKind kind, string subject, string text, WorkerTracker? worker = null)
    {
        var now = timeProvider.GetUtcNow();
        if (kind is not ConnectionEventKind.Connected)
        {
            _notices.AddFirst((new ConnectionNotice(now, kind, subject, text), worker));
            if (_notices.Count > limits.MaximumNotices)
                _notices.RemoveLast();
        }

        // Under the lock, so that events come in the order of the changes they tell of; see EventOccurred on what handlers may do.
        publish(new ConnectionEvent(now, kind, connection, subject, text));
    }
}
