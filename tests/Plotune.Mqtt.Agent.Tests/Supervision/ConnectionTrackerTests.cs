using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class ConnectionTrackerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<ConnectionEvent> _events = [];
    private readonly ConnectionTracker _tracker;
    private readonly WorkerTracker _first;
    private readonly WorkerTracker _second;
    private readonly object _run = new();

    public ConnectionTrackerTests()
    {
        _tracker = new ConnectionTracker("plant", new AgentLimits(), _time, _events.Add);
        (_first, _second) = (_tracker.AddWorker(), _tracker.AddWorker());
        Begin();
    }

    private IEnumerable<ConnectionEventKind> Kinds => _events.Select(occurred => occurred.Kind);

    [Theory]
    [InlineData("connected", "connected", "connected")]
    [InlineData("connected", "connecting", "connecting")]
    [InlineData("waiting", "connecting", "waiting")]
    [InlineData("connected", "failed", "failed")]
    [InlineData("failed", "waiting", "failed")]
    public void A_connection_is_as_well_as_its_worst_worker(string first, string second, string expected)
    {
        Update(_first, first, "one");
        Update(_second, second, "two");

        var state = _tracker.View(0);
        Assert.Equal(expected, state.Status);
        Assert.Equal(first == expected ? "one" : "two", state.Reason);
    }

    [Fact]
    public void It_is_connected_once_all_are_lost_once_and_back_once()
    {
        Update(_first, "connected");
        Assert.Empty(_events);
        Update(_second, "connected");
        Update(_second, "waiting", "broker gone");
        Update(_first, "waiting", "broker gone");
        Update(_first, "connecting");
        Update(_first, "connected");
        Update(_second, "connected");

        Assert.Equal([ConnectionEventKind.Connected, ConnectionEventKind.Lost, ConnectionEventKind.Back], Kinds);
    }

    [Fact]
    public void What_will_not_pass_by_itself_is_told_once_for_each_reason_though_the_loss_was_told_before()
    {
        _tracker.Begin([(_second, false)]);
        Update(_first, "connected");
        Wait("ConnectionClosed", "The broker closed the connection.", needsAttention: false);
        Wait("ConnectionRefused", "Nothing accepts connections.", needsAttention: false);
        Wait("CertificateExpired", "The certificate expired.", needsAttention: true);
        Wait("ConnectionRefused", "Nothing accepts connections.", needsAttention: false);
        Wait("CertificateExpired", "The certificate expired.", needsAttention: true);
        Wait("ProxyForbidden", "The proxy does not allow it.", needsAttention: true);
        Update(_first, "connected");
        Wait("CertificateExpired", "The certificate expired.", needsAttention: true);

        Assert.Equal(
            [
                (ConnectionEventKind.Connected, "Connected."), (ConnectionEventKind.Lost, "The broker closed the connection."), (ConnectionEventKind.Hindered, "The certificate expired."),
                (ConnectionEventKind.Hindered, "The proxy does not allow it."), (ConnectionEventKind.Back, "Connected again."), (ConnectionEventKind.Lost, "The certificate expired."),
            ],
            _events.Select(occurred => (occurred.Kind, occurred.Text)));

        void Wait(string name, string reason, bool needsAttention)
        {
            Update(_first, "connecting");
            _first.Update(_run, new WorkerStatus { State = "waiting", Since = 1, Reason = reason, ReasonName = name, NeedsAttention = needsAttention });
        }
    }

    [Fact]
    public void New_settings_that_drop_a_waiting_worker_are_no_recovery()
    {
        Update(_first, "connected");
        Update(_second, "waiting", "broker gone");
        _events.Clear();

        _tracker.Begin([(_second, false)]);

        Assert.Equal([ConnectionEventKind.Connected], Kinds);
        Assert.Single(_tracker.View(0).Workers);
    }

    [Fact]
    public void Counters_are_sums_that_survive_a_worker_that_is_no_longer_needed()
    {
        foreach (var worker in (WorkerTracker[])[_first, _second])
        {
            worker.Update(new WorkerCounters { Received = 10, Bytes = 100, SignalsRefused = 1, DecodeFailures = { ["not_text"] = 2 } });
            worker.CountSamples(7);
            worker.CountRefused();
            Update(worker, "connected", reconnects: 3);
        }

        _second.Ended();
        _tracker.Begin([(_first, true), (_second, false)]);

        var state = _tracker.View(5);
        Assert.Equal((20L, 200L, 14L, 4L, 4L, 6L, 5), (state.Received, state.Bytes, state.Samples, state.SignalsRefused, state.DecodeFailures, state.Reconnects, state.Signals));
        Assert.Equal(4, state.DecodeFailuresByReason["not_text"]);
    }

    [Fact]
    public void The_same_notice_of_several_workers_is_one_and_another_episode_is_another()
    {
        _first.Notify(ConnectionEventKind.SessionLost, "", "gone");
        _second.Notify(ConnectionEventKind.SessionLost, "", "gone");
        _second.Notify(ConnectionEventKind.FilterRefused, "a", "no");
        _first.Notify(ConnectionEventKind.SessionLost, "", "gone");
        _time.Advance(TimeSpan.FromMinutes(2));
        _second.Notify(ConnectionEventKind.SessionLost, "", "gone");

        Assert.Equal([ConnectionEventKind.SessionLost, ConnectionEventKind.FilterRefused, ConnectionEventKind.SessionLost, ConnectionEventKind.SessionLost], Kinds);
    }

    [Fact]
    public void Workers_lost_together_are_told_of_once()
    {
        _first.Lost("It crashed.", 1, TimeSpan.FromSeconds(1));
        _second.Lost("It crashed.", 1, TimeSpan.FromSeconds(1));

        Assert.Equal([ConnectionEventKind.WorkerRestarted], Kinds);
        Assert.Equal((2L, "waiting", "It crashed."), (_tracker.View(0).Restarts, _tracker.View(0).Status, _tracker.View(0).Reason));
    }

    private void Begin()
    {
        _tracker.Begin([(_first, true), (_second, true)]);
        _first.Expect(_run);
        _second.Expect(_run);
    }

    private void Update(WorkerTracker worker, string state, string reason = "", long reconnects = 0) =>
        worker.Update(_run, new WorkerStatus { State = state, Since = 1, Reason = reason, Reconnects = reconnects });
}
