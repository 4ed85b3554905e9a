using System.Text;
using Plotune.Mqtt.Agent.EventSources.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

public sealed class EventBatchTests
{
    [Fact]
    public void One_list_keeps_its_order_whatever_its_times_say()
    {
        var batch = EventBatch.Merge([Window(0, ("a", 5), ("b", 1), ("c", null))]);

        Assert.Equal(["a", "b", "c"], Names(batch));
        Assert.Equal([3], batch.Counts);
    }

    [Fact]
    public void Two_lists_are_merged_by_time_and_the_first_goes_first_at_the_same_time()
    {
        var batch = EventBatch.Merge([Window(0, ("a1", 1), ("a3", 3), ("a5", 5)), Window(0, ("b1", 1), ("b2", 2), ("b4", 4))]);

        Assert.Equal(["a1", "b1", "b2", "a3", "b4", "a5"], Names(batch));
        Assert.Equal([3, 3], batch.Counts);
    }

    [Fact]
    public void An_event_without_a_time_follows_the_one_before_it()
    {
        var batch = EventBatch.Merge([Window(0, ("a1", 1), ("a?", null), ("a9", 9)), Window(0, ("b2", 2))]);

        Assert.Equal(["a1", "a?", "b2", "a9"], Names(batch));
    }

    [Fact]
    public void The_merge_stops_where_a_list_may_have_older_events_that_are_not_in_work()
    {
        var batch = EventBatch.Merge([Window(7, ("a1", 1), ("a2", 2)), Window(0, ("b1", 1), ("b9", 9))]);

        Assert.Equal(["a1", "b1", "a2"], Names(batch));
        Assert.Equal([2, 1], batch.Counts);
    }

    [Fact]
    public void A_list_with_events_of_which_none_is_in_work_holds_back_the_others()
    {
        var batch = EventBatch.Merge([Window(1), Window(0, ("b1", 1))]);

        Assert.Empty(batch.Events);
        Assert.Equal([0, 0], batch.Counts);
    }

    [Fact]
    public void Large_events_make_the_window_small_for_a_while()
    {
        var window = Window(1_000);
        window.Add([Taken("x", null, 4 << 20)]);
        Assert.Equal((2, 1), (window.Capacity, window.WantedAfter(0)));
        Assert.Equal(2, window.WantedAfter(1));

        for (var i = 0; i < 20; i++) window.Add([Taken("y", null)]);
        Assert.Equal(ListWindow.MaximumEvents, window.Capacity);
    }

    [Fact]
    public void A_window_in_doubt_takes_nothing_until_all_of_it_is_known()
    {
        var window = new ListWindow(new RedisKeys("list")) { Pending = 5 };
        Assert.Equal((true, 0), (window.IsInDoubt, window.WantedAfter(0)));

        window.Recover([Taken("a", null)], isAll: false);
        Assert.Equal((true, 0), (window.IsInDoubt, window.WantedAfter(1)));
        window.Recover([Taken("b", null)], isAll: true);
        Assert.Equal((false, 5), (window.IsInDoubt, window.WantedAfter(0)));

        window.Doubt();
        Assert.Equal((true, 0), (window.IsInDoubt, window.Events.Count));
    }

    private static IEnumerable<string> Names(EventBatch batch) => batch.Events.Select(taken => Encoding.UTF8.GetString(taken.Raw.Span));

    private static TakenEvent Taken(string name, double? time, int size = 0) => new(Encoding.UTF8.GetBytes(name.PadRight(size)), time);

    /// <summary>All of its in-work list known.</summary>
    private static ListWindow Window(long pending, params (string Name, double? Time)[] events)
    {
        var window = new ListWindow(new RedisKeys("list"));
        window.Recover([.. events.Select(entry => Taken(entry.Name, entry.Time))], isAll: true);
        window.Pending = pending;
        return window;
    }
}
