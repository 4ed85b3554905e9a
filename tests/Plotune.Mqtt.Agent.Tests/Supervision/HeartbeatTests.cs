using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class HeartbeatTests
{
    private static readonly TimeSpan Waiting = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Heartbeat _heartbeat;

    public HeartbeatTests() => _heartbeat = new Heartbeat(TimeSpan.FromSeconds(10), _time);

    [Fact]
    public void A_ping_unanswered_while_we_wait_is_a_loss_after_the_timeout()
    {
        _heartbeat.Next();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(_heartbeat.IsLost(Waiting));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(_heartbeat.IsLost(Waiting));
    }

    [Fact]
    public void A_worker_whose_answer_waits_behind_data_we_have_not_read_is_not_lost()
    {
        _heartbeat.Next();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_heartbeat.IsLost(TimeSpan.Zero));
    }

    [Fact]
    public void A_worker_that_sends_but_never_answers_is_lost_in_the_end()
    {
        _heartbeat.Next();
        _heartbeat.IsLost(TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromSeconds(39));
        Assert.False(_heartbeat.IsLost(TimeSpan.FromMilliseconds(1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_heartbeat.IsLost(TimeSpan.Zero));
    }

    [Fact]
    public void An_answer_starts_the_time_afresh_for_the_pings_still_out()
    {
        var first = _heartbeat.Next();
        _heartbeat.Next();
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.True(_heartbeat.Answer(first));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.False(_heartbeat.IsLost(Waiting));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_heartbeat.IsLost(Waiting));
    }

    [Fact]
    public void Answers_to_pings_never_sent_or_answered_before_are_refused()
    {
        var ping = _heartbeat.Next();

        Assert.False(_heartbeat.Answer(ping + 1));
        Assert.True(_heartbeat.Answer(ping));
        Assert.False(_heartbeat.Answer(ping));
        Assert.False(_heartbeat.IsLost(Waiting));
    }
}
