using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

public sealed class TakenSamplesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TakenSamples _taken;

    public TakenSamplesTests() => _taken = New();

    [Fact]
    public void All_is_new_at_first()
    {
        _taken.Connected();

        Assert.Equal([1, 2, 2], TakeAll(1, 2, 2));
    }

    [Fact]
    public void History_sent_again_is_repeated_and_what_came_meanwhile_is_not()
    {
        TakeAll(1, 2, 3);

        _taken.Connected();

        Assert.Equal([4, 5], TakeAll(1, 2, 3, 4, 5));
    }

    [Fact]
    public void Of_samples_of_the_same_time_as_many_are_repeats_as_were_taken()
    {
        TakeAll(1, 2, 2);

        _taken.Connected();

        Assert.Equal([2], TakeAll(1, 2, 2, 2));
    }

    [Fact]
    public void A_history_that_begins_later_or_earlier_than_what_is_remembered_is_recognised_too()
    {
        TakeAll(10, 20, 30);

        _taken.Connected();
        Assert.Equal([40], TakeAll(30, 40));

        _taken.Connected();
        Assert.Equal([5, 50], TakeAll(5, 10, 20, 30, 40, 50));
    }

    [Fact]
    public void A_clock_that_was_set_back_silences_nobody()
    {
        TakeAll(1000, 1001, 1002);

        _taken.Connected();

        Assert.Equal([400, 401], TakeAll(1000, 1001, 1002, 400, 401));
    }

    [Fact]
    public void A_clock_that_starts_anew_silences_nobody()
    {
        TakeAll(1000, 1001, 1002);

        _taken.Connected();

        Assert.Equal([0, 1, 2], TakeAll(0, 1, 2));
    }

    [Fact]
    public void After_its_first_new_sample_history_is_over()
    {
        TakeAll(1, 2, 3);

        _taken.Connected();

        Assert.Equal([4, 3], TakeAll(1, 2, 4, 3));
    }

    [Fact]
    public void A_while_after_the_connection_was_made_nothing_is_a_repeat()
    {
        TakeAll(0, 0, 0);
        _taken.Connected();
        Assert.Empty(TakeAll(0));

        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([0], TakeAll(0));
    }

    [Fact]
    public void While_connected_the_same_time_may_come_as_often_as_it_likes()
    {
        _taken.Connected();

        Assert.Equal([7, 7, 7], TakeAll(7, 7, 7));
    }

    [Fact]
    public void More_than_a_source_keeps_is_remembered()
    {
        long[] many = [.. Enumerable.Range(0, 5000).Select(time => (long)time)];
        TakeAll(many);

        _taken.Connected();

        Assert.Empty(TakeAll(many[^TakenSamples.Capacity..]));
    }

    [Fact]
    public void What_was_passed_on_is_known_to_the_next_run_and_the_rest_is_not()
    {
        TakeAll(1, 2, 3, 4);
        _taken.Pass(3);
        var next = New();
        next.Load(_taken.ToStored(out _));

        next.Connected();

        Assert.Equal([4], TakeAll(next, 1, 2, 3, 4));
    }

    [Fact]
    public void What_is_stored_is_no_more_than_a_history()
    {
        TakeAll([.. Enumerable.Range(0, 5000).Select(time => (long)time)]);
        _taken.Pass(5000);
        var next = New();
        next.Load(_taken.ToStored(out var position));

        next.Connected();

        Assert.Equal(5000, position);
        Assert.Equal([5000], TakeAll(next, [.. Enumerable.Range(4760, 241).Select(time => (long)time)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(100_000)]
    public void Damaged_times_do_no_harm(int length)
    {
        var next = New();
        next.Load(new byte[length]);

        next.Connected();

        Assert.Equal([1], TakeAll(next, 1));
    }

    private TakenSamples New() => new(_time, TimeSpan.FromSeconds(5));

    private long[] TakeAll(params long[] times) => TakeAll(_taken, times);

    private static long[] TakeAll(TakenSamples taken, params long[] times) => [.. times.Where(time => taken.Take(time) is not null)];
}
