using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class ConnectionRateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionTracker _tracker;
    private readonly WorkerTracker _first;
    private readonly WorkerTracker _second;
    private object _run = new();

    public ConnectionRateTests()
    {
        _tracker = new ConnectionTracker("plant", new AgentLimits(), _time, static _ => { });
        (_first, _second) = (_tracker.AddWorker(), _tracker.AddWorker());
        _tracker.Begin([(_first, true), (_second, true)]);
        _first.Expect(_run);
        _second.Expect(_run);
    }

    private ConnectionStateView State => _tracker.View(0);

    [Fact]
    public void Before_anything_is_known_every_number_is_null()
    {
        Assert.Null(State.Rate);
        Assert.Equal(new double?[150], State.Rates);
    }

    [Fact]
    public void A_steady_stream_has_a_steady_rate_however_its_reports_fall_between_the_measurements()
    {
        Connect();
        long received = 0;
        // 100 messages a second, reported every 0.5 s, or now and then 0.2 s late.
        for (var report = 1; report <= 80; report++)
        {
            var late = TimeSpan.FromSeconds(report % 7 == 0 ? 0.2 : 0);
            Advance(TimeSpan.FromSeconds(0.5) + late);
            received += late > TimeSpan.Zero ? 70 : 50;
            _first.Update(new WorkerCounters { Received = received });
            if (report % 4 == 0)
                _tracker.MeasureRate();
        }

        Assert.All(State.Rates.Where(rate => rate is not null).Skip(1), rate => Assert.Equal(100, rate!.Value, 1e-6));
        Assert.Equal(100, State.Rate!.Value, 1e-6);
    }

    [Fact]
    public void The_rate_is_that_of_all_workers_and_falls_to_zero_when_nothing_comes_any_more()
    {
        Connect();
        Tick();
        Advance(TimeSpan.FromSeconds(2));
        _first.Update(new WorkerCounters { Received = 40 });
        _second.Update(new WorkerCounters { Received = 20 });
        _tracker.MeasureRate();
        Tick();
        Tick();

        Assert.Equal([0.0, 30, 0, 0], State.Rates.TakeLast(4));
    }

    [Fact]
    public void A_worker_is_busy_while_it_receives_five_hundred_messages_a_second()
    {
        Connect();
        Tick();
        Assert.Equal(0, _tracker.BusyWorkers);

        _second.Update(new WorkerCounters { Received = 1000 });
        Tick(999);
        Assert.Equal(1, _tracker.BusyWorkers);
        _second.Update(new WorkerCounters { Received = 2000 });
        Tick(1999);
        Assert.Equal(2, _tracker.BusyWorkers);
        Tick();
        Assert.Equal(0, _tracker.BusyWorkers);
    }

    [Fact]
    public void The_history_goes_on_over_a_worker_that_is_lost_and_says_nothing_of_the_time_without_one()
    {
        Connect();
        Tick(40);
        foreach (var worker in (WorkerTracker[])[_first, _second])
            worker.Lost("It crashed.", 1, TimeSpan.FromSeconds(1));
        Tick();
        _run = new object();
        _first.Expect(_run);
        _second.Expect(_run);
        _first.Started(_run, 1);
        _second.Started(_run, 2);
        Connect();
        Tick(10);

        Assert.Equal([null, 20.0, null, 5], State.Rates.TakeLast(4));
    }

    [Fact]
    public void Measurements_that_were_missed_stand_as_unknown_and_too_many_are_left_out()
    {
        Connect();
        Tick();
        Advance(TimeSpan.FromSeconds(6));
        _tracker.MeasureRate();
        Advance(TimeSpan.FromSeconds(0.5));
        _tracker.MeasureRate();
        Advance(TimeSpan.FromSeconds(1.5));
        _tracker.MeasureRate();

        Assert.Equal([null, 0.0, null, null, 0, 0], State.Rates.TakeLast(6));
        Advance(TimeSpan.FromDays(1));
        _tracker.MeasureRate();
        Assert.Equal([.. new double?[149], 0.0], State.Rates);
    }

    [Fact]
    public void It_tells_when_it_last_connected_again_and_when_a_worker_was_last_started_again()
    {
        Connect();
        Assert.Equal((null, null), (State.ReconnectedAt, State.RestartedAt));

        Advance(TimeSpan.FromSeconds(10));
        Update(_first, "waiting");
        Advance(TimeSpan.FromSeconds(1));
        Update(_first, "connected", reconnects: 1);
        var reconnected = _time.GetUtcNow();
        Advance(TimeSpan.FromSeconds(5));
        Update(_first, "connected", reconnects: 1);
        Assert.Equal((reconnected, null), (State.ReconnectedAt, State.RestartedAt));

        _second.Lost("It crashed.", 1, TimeSpan.FromSeconds(1));
        Assert.Equal(_time.GetUtcNow(), State.RestartedAt);
        Advance(TimeSpan.FromSeconds(1));
        _second.Expect(_run);
        _second.Started(_run, 2);
        var restarted = _time.GetUtcNow();
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((reconnected, restarted), (State.ReconnectedAt, State.RestartedAt));

        // The first connection of a new process is made again, too.
        Update(_second, "connected");
        Assert.Equal((_time.GetUtcNow(), restarted), (State.ReconnectedAt, State.RestartedAt));
    }

    private void Connect()
    {
        Update(_first, "connected");
        Update(_second, "connected");
    }

    private void Update(WorkerTracker worker, string state, long reconnects = 0) => worker.Update(_run, new WorkerStatus { State = state, Since = 1, Reconnects = reconnects });

    /// <param name="received">What the first worker has received by then in its run; 0 reports nothing.</param>
    private void Tick(long received = 0)
    {
        Advance(TimeSpan.FromSeconds(2));
        if (received > 0)
            _first.Update(new WorkerCounters { Received = received });
        _tracker.MeasureRate();
    }

    private void Advance(TimeSpan time) => _time.Advance(time);
}
