using System.Text.Json;
using CsCheck;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

public sealed class OverflowTests
{
    private static readonly OutboundSource Bridge = OutboundHome.Source("bridge:a", OverflowPolicy.DropOldest);
    private static readonly OutboundSource Other = OutboundHome.Source("bridge:b", OverflowPolicy.DropOldest);
    private static readonly OutboundSource Events = OutboundHome.Source("events:x");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_queue_refuses_events_and_says_so_once()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 10 });
        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Events, OutboundHome.Messages(0, 10)));

        for (var i = 0; i < 3; i++)
            Assert.Equal(OutboundVerdict.Full, await home.OfferAsync(Events, OutboundHome.Message("more")));

        Assert.Equal((10, 3, true), (home.State.Depth, home.State.Refused, home.State.IsFull));
        var notice = Assert.Single(home.Notices);
        Assert.Equal(ConnectionEventKind.QueueFull, notice.Kind);
        Assert.Contains("events:x has to wait", notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_is_told_of_again_once_it_was_not_full_in_between()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 10 });
        await home.OfferAsync(Events, OutboundHome.Messages(0, 10));
        await home.OfferAsync(Events, OutboundHome.Message("more"));
        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(10);
        lane.DeliverAll();
        await home.OfferAsync(Events, OutboundHome.Messages(0, 10));

        await home.OfferAsync(Events, OutboundHome.Message("more"));

        Assert.Equal(2, home.Notices.Count);
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(4, 4)]
    public async Task A_full_queue_drops_the_oldest_of_the_same_source_in_memory_or_on_disk(int window, int readAhead)
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 60, WindowRecords = window, ReadAheadRecords = readAhead });
        for (var i = 0; i < 20; i++)
        {
            await home.OfferAsync(Bridge, OutboundHome.Message($"{i}"));
            await home.OfferAsync(Other, OutboundHome.Message($"{100 + i}"));
            await home.OfferAsync(Events, OutboundHome.Message($"{200 + i}"));
        }

        for (var i = 20; i < 27; i++)
            Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Bridge, OutboundHome.Message($"{i}")));

        Assert.Equal((60, 7, true), (home.State.Depth, home.State.Dropped, home.State.IsFull));
        Assert.Equal((20, 7), (home.Queues.TotalsOf("bridge:a").Depth, home.Queues.TotalsOf("bridge:a").Dropped));
        Assert.Equal(0, home.Queues.TotalsOf("bridge:b").Dropped + home.Queues.TotalsOf("events:x").Dropped);
        await home.UntilStoredAsync(60);
        await home.AssertCountsAddUpAsync();
        var numbers = await DrainAsync(home, 60);
        Assert.Equal(Enumerable.Range(7, 20), numbers.Where(number => number < 100));
        Assert.Equal(Enumerable.Range(100, 20), numbers.Where(number => number is >= 100 and < 200));
        Assert.Contains("The oldest of bridge:a make room", Assert.Single(home.Notices).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_worker_has_is_not_dropped_and_with_nothing_else_to_drop_the_new_is_left_out()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 10, WindowRecords = 4 });
        await using var lane = FakeLane.Attach(home.Queues);
        await home.OfferAsync(Bridge, OutboundHome.Messages(0, 4));
        await home.OfferAsync(Events, OutboundHome.Messages(100, 6));
        await lane.UntilGivenAsync(4);

        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Bridge, OutboundHome.Messages(4, 3)));

        Assert.Equal((10, 3), (home.State.Depth, home.Queues.TotalsOf("bridge:a").Dropped));
        Assert.Equal([0, 1, 2, 3], lane.Given.Select(OutboundHome.NumberOf));
        await home.UntilStoredAsync(10);
    }

    [Fact]
    public async Task A_small_queue_keeps_the_newest_although_a_worker_waits_for_the_broker()
    {
        using var configured = JsonDocument.Parse("""{"outbound_records": 100}""");
        await using var home = await OutboundHome.OpenAsync(ConfiguredLimits.Read(new JsonFields(configured.RootElement, "", [])).Outbound);
        await using var lane = FakeLane.Attach(home.Queues);
        await home.OfferAsync(Bridge, OutboundHome.Messages(0, 100));
        await lane.UntilGivenAsync(25);

        await home.OfferAsync(Bridge, OutboundHome.Messages(100, 50));

        await Eventually.TrueAsync("all is delivered", () => Deliver(lane, home), Token);
        Assert.Equal(Enumerable.Range(0, 25).Concat(Enumerable.Range(75, 75)), lane.Given.Select(OutboundHome.NumberOf));
    }

    [Fact]
    public async Task Of_more_than_a_queue_can_hold_the_newest_are_kept()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 10 });
        await home.OfferAsync(Bridge, OutboundHome.Messages(0, 5));

        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Bridge, OutboundHome.Messages(5, 20)));

        Assert.Equal(15, home.State.Dropped);
        Assert.Equal(Enumerable.Range(15, 10), await DrainAsync(home, 10));
    }

    [Fact]
    public async Task Bytes_are_a_limit_too()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumBytes = 1000 });
        var message = OutboundHome.Message(new string('x', 99));
        for (var i = 0; i < 10; i++)
            Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Bridge, message));

        Assert.Equal(OutboundVerdict.Full, await home.OfferAsync(Events, OutboundHome.Message("1")));
        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Bridge, OutboundHome.Message(new string('y', 150))));

        Assert.InRange(home.State.Bytes, 0, 1000);
        Assert.True(home.State.Dropped >= 2);
    }

    [Fact]
    public async Task An_empty_queue_takes_a_batch_of_events_of_any_size()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 10 });

        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(Events, OutboundHome.Messages(0, 25)));
        Assert.Equal(OutboundVerdict.Full, await home.OfferAsync(Events, OutboundHome.Messages(0, 1)));
    }

    [Fact]
    public async Task Many_dropped_messages_go_from_the_disk_and_are_not_read_again()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 2000, WindowRecords = 10, ReadAheadRecords = 10 });
        await using var lane = FakeLane.Attach(home.Queues);
        for (var i = 0; i < 40; i++)
        {
            await home.OfferAsync(Bridge, OutboundHome.Messages(i * 250, 250));
            await home.OfferAsync(Other, OutboundHome.Messages(100_000 + (i * 50), 50));
        }

        var state = home.State;
        await home.UntilStoredAsync(state.Depth);
        await home.AssertCountsAddUpAsync();
        Assert.Equal(12_000, state.Depth + state.Dropped);
        var given = lane.Given.Select(OutboundHome.NumberOf).ToList();
        await lane.DisposeAsync();
        var rest = await DrainAsync(home, (int)state.Depth);
        Assert.Equal(given, rest.Take(given.Count));
        foreach (var numbers in new[] { rest.Where(number => number < 100_000).ToList(), rest.Where(number => number >= 100_000).ToList() })
            Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(9999, rest.Where(number => number < 100_000).Last());
    }

    [Fact]
    public Task Whatever_is_offered_and_delivered_a_source_is_accounted_for_to_the_last_message() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 2], Gen.Int[0, 20]).Array[1, 30].SampleAsync(
        async steps =>
        {
            var limits = new OutboundLimits { MaximumRecords = 50, WindowRecords = 6, ReadAheadRecords = 8 };
            await using var home = await OutboundHome.OpenAsync(limits);
            await using var lane = FakeLane.Attach(home.Queues);
            OutboundSource[] sources = [Bridge, Other, Events];
            var taken = new int[3];
            foreach (var (count, source, reports) in steps)
            {
                if (await home.OfferAsync(sources[source], [.. Enumerable.Range(taken[source], count).Select(number => OutboundHome.Message($"{source}:{number}"))]) == OutboundVerdict.Accepted)
                    taken[source] += count;
                lane.Deliver(lane.Unreported.Take(reports));
                Assert.InRange(home.State.Depth, 0, limits.MaximumRecords);
            }

            await Eventually.TrueAsync("all is delivered", () => Deliver(lane, home), Token);
            await home.UntilStoredAsync(0);
            await home.AssertCountsAddUpAsync();
            for (var source = 0; source < 3; source++)
            {
                var totals = home.Queues.TotalsOf(sources[source].Name);
                Assert.Equal((0, taken[source]), (totals.Depth, totals.Published + totals.Dropped));
                var given = lane.Given.Select(OutboundHome.TextOf).Where(text => text[0] == '0' + source).Select(text => int.Parse(text[2..])).ToList();
                Assert.Equal(given.Order().Distinct(), given);
                Assert.Equal(totals.Published, given.Count);
            }

            Assert.Equal(0, home.Queues.TotalsOf(Events.Name).Dropped);
        },
        iter: 30,
        threads: 1);

    private static bool Deliver(FakeLane lane, OutboundHome home)
    {
        lane.DeliverAll();
        return home.State.Depth == 0;
    }

    private static async Task<List<int>> DrainAsync(OutboundHome home, int count)
    {
        await using var lane = FakeLane.Attach(home.Queues);
        await Eventually.TrueAsync("all is delivered", () => Deliver(lane, home), Token);
        Assert.Equal(count, lane.Given.Count);
        return [.. lane.Given.Select(OutboundHome.NumberOf)];
    }
}
