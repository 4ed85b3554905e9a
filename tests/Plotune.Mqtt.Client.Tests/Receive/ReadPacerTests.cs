using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class ReadPacerTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(250);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly ReadPause _pause = new();
    private readonly List<TimeSpan> _sleeps = [];
    private readonly ReadPacer _pacer;
    private TimeSpan? _interruptedAfter;

    public ReadPacerTests() => _pacer = new ReadPacer(_pause, _time, Sleep);

    [Fact]
    public void A_stream_with_less_than_two_messages_in_a_pause_is_read_at_once() =>
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(126))));

    [Fact]
    public void A_fast_stream_gathers_for_a_pause_before_each_read()
    {
        BecomeFast();

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(Shortest, Read(after: TimeSpan.FromMicroseconds(310), messages: 6)));
    }

    [Fact]
    public void The_message_after_a_silence_is_read_at_once()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void What_the_broker_waits_for_is_not_held_up()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(50), isAwaited: true));
    }

    [Fact]
    public void A_read_that_took_many_messages_is_followed_by_the_next_one_at_once()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(250), messages: 64));
    }

    [Fact]
    public void Other_packets_are_not_counted_and_not_waited_for()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, _pacer.Next(0, isAwaited: false, isPublishing: false));
        Assert.Equal(Shortest, Read(after: TimeSpan.FromMicroseconds(50)));
    }

    [Fact]
    public void A_read_that_took_many_bytes_is_followed_by_the_next_one_at_once()
    {
        BecomeFast();

        _pacer.Took(8191);
        Assert.Equal(Shortest, Read(after: TimeSpan.FromMicroseconds(50)));
        _pacer.Took(8192);
        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(50)));
    }

    [Fact]
    public void With_a_longer_pause_a_slower_stream_gathers_and_for_as_long()
    {
        _pause.Value = Long;

        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(4)));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(Long, Read(after: TimeSpan.FromMilliseconds(10.1), messages: 3)));
        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(5.1)));
        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMilliseconds(5.1)));
    }

    [Fact]
    public void A_longer_pause_ends_when_thirty_two_messages_should_have_come_but_not_before_the_shortest()
    {
        _pause.Value = Long;

        Repeat(100, () => Read(after: TimeSpan.FromMilliseconds(1), messages: 10));
        Assert.Equal(3.2, Read(after: TimeSpan.FromMilliseconds(1), messages: 10).TotalMilliseconds, 0.01);
        Repeat(100, () => Read(after: TimeSpan.FromMicroseconds(50), messages: 10));
        Assert.Equal(Shortest, Read(after: TimeSpan.FromMicroseconds(50), messages: 10));
    }

    [Fact]
    public void While_answers_to_our_own_messages_are_awaited_the_shortest_pause_holds()
    {
        _pause.Value = Long;

        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(1)));
        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMilliseconds(1), isPublishing: true));
        Repeat(100, () => Read(after: TimeSpan.FromMicroseconds(100)));
        Assert.Equal(Shortest, Read(after: TimeSpan.FromMicroseconds(100), isPublishing: true));
        Assert.True(Read(after: TimeSpan.FromMicroseconds(100)) > Shortest);
    }

    [Fact]
    public void Another_pause_holds_from_the_next_read_on()
    {
        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(1)));
        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMilliseconds(1)));

        _pause.Value = Long;
        Assert.Equal(Long, Read(after: TimeSpan.FromMilliseconds(1)));

        _pause.Value = Shortest;
        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [InlineData(0.2499)]
    [InlineData(10.0001)]
    [InlineData(0)]
    [InlineData(-1)]
    public void No_other_pause_can_be_set(double milliseconds)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _pause.Value = TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(Shortest, _pause.Value);
    }

    [Fact]
    public void Bytes_that_gathered_came_evenly_since_the_read_before_and_no_earlier_than_the_pause_is_long()
    {
        _pause.Value = Long;
        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(1)));

        Gather(after: TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(10_000 / 400.0, _pacer.Took(400), 1e-9);

        _interruptedAfter = TimeSpan.FromMilliseconds(3);
        Gather(after: TimeSpan.FromMilliseconds(1));
        Assert.Equal(3_000 / 400.0, _pacer.Took(400), 1e-9);

        Assert.Equal([Long, Long], _sleeps);
    }

    [Fact]
    public void Bytes_that_were_waited_for_after_the_pause_or_came_without_one_came_just_now()
    {
        _pause.Value = Long;
        Repeat(50, () => Read(after: TimeSpan.FromMilliseconds(1)));

        Gather(after: TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(5.1));
        Assert.Equal(0, _pacer.Took(400));

        Gather(after: TimeSpan.FromMilliseconds(1), isAwaited: true);
        Assert.Equal(0, _pacer.Took(400));

        Assert.Equal([Long], _sleeps);
    }

    private void BecomeFast()
    {
        Repeat(50, () => Read(after: TimeSpan.FromMicroseconds(50)));
    }

    private static void Repeat(int times, Action action)
    {
        for (int time = 0; time < times; time++)
            action();
    }

    private TimeSpan Read(TimeSpan after, long messages = 1, bool isAwaited = false, bool isPublishing = false)
    {
        _time.Advance(after);
        return _pacer.Next(messages, isAwaited, isPublishing);
    }

    private void Gather(TimeSpan after, bool isAwaited = false)
    {
        _time.Advance(after);
        _pacer.Gather(1, isAwaited, isPublishing: false);
    }

    private void Sleep(TimeSpan pause)
    {
        _sleeps.Add(pause);
        _time.Advance(_interruptedAfter ?? pause);
    }
}
