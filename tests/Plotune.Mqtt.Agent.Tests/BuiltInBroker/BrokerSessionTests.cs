using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

public sealed class BrokerSessionTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_message_waits_until_it_is_sent_or_acknowledged()
    {
        var budget = new QueueBudget(1000);
        var session = new BrokerSession(new BrokerLimits(), budget);

        Assert.Null(session.TryQueue(10));
        Assert.Null(session.TryQueue(20));
        session.Sent(10, toBeAcknowledged: false);
        Assert.Equal((1, 20), (session.Messages, budget.Taken));
        session.Sent(20, toBeAcknowledged: true);
        Assert.Equal((1, 20), (session.Messages, budget.Taken));
        session.Acknowledged(20);

        Assert.Equal((0, 0), (session.Messages, budget.Taken));
    }

    [Fact]
    public void Messages_are_limited_in_number_and_bytes_and_over_all_sessions_but_one_always_has_room()
    {
        var limits = new BrokerLimits { QueuedMessages = 3, QueuedBytes = 100 };
        var budget = new QueueBudget(150);
        var (first, second) = (new BrokerSession(limits, budget), new BrokerSession(limits, budget));

        Assert.Null(first.TryQueue(500));
        Assert.Equal(BrokerReason.Queue, first.TryQueue(1)?.Reason);
        first.Sent(500, toBeAcknowledged: false);
        Assert.Null(first.TryQueue(90));
        Assert.Equal(BrokerReason.Queue, first.TryQueue(11)?.Reason);
        Assert.Null(second.TryQueue(70));
        Assert.Equal(BrokerReason.QueueTotal, second.TryQueue(1)?.Reason);
        first.Sent(90, toBeAcknowledged: false);
        Assert.Null(second.TryQueue(1));
        Assert.Null(second.TryQueue(1));
        Assert.Equal(BrokerReason.Queue, second.TryQueue(1)?.Reason);
    }

    [Fact]
    public void What_was_given_up_unseen_is_forgotten_once_the_queue_is_seen_empty_and_nothing_came_meanwhile()
    {
        var budget = new QueueBudget(1000);
        var session = new BrokerSession(new BrokerLimits(), budget);
        session.TryQueue(10);
        session.TryQueue(10);
        session.Sent(10, toBeAcknowledged: true);

        session.Settle(session.QueuedEver);
        Assert.Equal(2, session.Messages);
        session.Acknowledged(10);
        var before = session.QueuedEver;
        session.TryQueue(30);
        session.Settle(before);
        Assert.Equal(2, session.Messages);
        session.Settle(session.QueuedEver);

        Assert.Equal((0, 0), (session.Messages, budget.Taken));
    }

    [Fact]
    public void A_session_that_ended_gives_back_what_it_held_and_takes_no_more_of_the_budget()
    {
        var budget = new QueueBudget(1000);
        var session = new BrokerSession(new BrokerLimits(), budget);
        session.TryQueue(10);

        session.Close();
        session.TryQueue(20);
        session.Sent(10, toBeAcknowledged: false);
        session.Close();

        Assert.Equal(0, budget.Taken);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 10)]
    [InlineData(3600, 60)]
    [InlineData(double.MaxValue, 60)]
    public void A_session_is_over_after_its_interval_and_in_any_case_after_the_longest_time(double seconds, int over)
    {
        var session = new BrokerSession(new BrokerLimits { SessionTime = TimeSpan.FromSeconds(60) }, new QueueBudget(0));
        session.ClientLeft(_time.GetTimestamp(), seconds == double.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds));

        Assert.Equal(over == 0, session.IsOver(_time));
        _time.Advance(TimeSpan.FromSeconds(over) - TimeSpan.FromTicks(over == 0 ? 0 : 1));
        Assert.Equal(over == 0, session.IsOver(_time));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(session.IsOver(_time));
        session.ClientConnected(0);
        Assert.False(session.IsOver(_time));
    }

    [Fact]
    public void A_QoS_2_message_counts_once_until_it_is_released()
    {
        var session = new BrokerSession(new BrokerLimits(), new QueueBudget(0));

        session.Release(7);
        Assert.True(session.TryReceive(7));
        Assert.False(session.TryReceive(7));
        Assert.True(session.TryReceive(65_535));
        session.Release(7);
        Assert.True(session.TryReceive(7));
    }
}
