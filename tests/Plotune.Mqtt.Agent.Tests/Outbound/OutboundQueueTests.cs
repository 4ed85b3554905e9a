using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

public sealed class OutboundQueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_accepted_is_handed_over_in_order_with_all_that_belongs_to_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await using var lane = FakeLane.Attach(home.Queues);

        await home.AcceptAsync(
            "a",
            new OutboundMessage("ü/β", new byte[] { 0, 255 }, QualityOfService.ExactlyOnce) { Retain = true, IsJson = true, Expires = time.GetUtcNow().AddSeconds(7.5) },
            new OutboundMessage("t", ReadOnlyMemory<byte>.Empty, QualityOfService.AtMostOnce));

        await lane.UntilGivenAsync(2);
        var (first, second) = (lane.Given[0], lane.Given[1]);
        Assert.Equal(("ü/β", QualityOfService.ExactlyOnce, true, true, 8u), (first.Topic, first.QualityOfService, first.Retain, first.IsJson, first.ExpirySeconds));
        Assert.Equal([0, 255], first.Payload.ToArray());
        Assert.Equal(("t", QualityOfService.AtMostOnce, false, false, 0u), (second.Topic, second.QualityOfService, second.Retain, second.IsJson, second.ExpirySeconds));
        Assert.Equal(0, second.Payload.Length);
    }

    [Fact]
    public async Task The_worker_is_told_what_kind_of_source_a_message_has_after_a_restart_too()
    {
        await using var home = await OutboundHome.OpenAsync();
        foreach (var source in (string[])[OutboundSource.Api, OutboundSource.OfBridge("motor"), OutboundSource.OfEvents("nemo"), "else"])
            await home.AcceptAsync(source, OutboundHome.Message("x"));
        PublishSource[] expected = [PublishSource.Api, PublishSource.Bridge, PublishSource.Redis, PublishSource.Unknown];
        await using (var lane = FakeLane.Attach(home.Queues))
        {
            await lane.UntilGivenAsync(4);
            Assert.Equal(expected, lane.Given.Select(request => request.Source));
        }

        await home.RestartAsync();

        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(4);
        Assert.Equal(expected, next.Given.Select(request => request.Source));
    }

    [Fact]
    public async Task The_same_comes_back_from_disk()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await home.AcceptAsync("a", new OutboundMessage("ü/β", new byte[] { 0, 255 }, QualityOfService.ExactlyOnce) { Retain = true, IsJson = true, Expires = time.GetUtcNow().AddSeconds(7.5) });
        await home.AcceptAsync("a", new OutboundMessage("t", new byte[] { 1, 2, 3 }.AsMemory(1, 1), QualityOfService.AtMostOnce));

        await home.RestartAsync();

        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(2);
        var first = lane.Given[0];
        Assert.Equal(("ü/β", QualityOfService.ExactlyOnce, true, true, 8u), (first.Topic, first.QualityOfService, first.Retain, first.IsJson, first.ExpirySeconds));
        Assert.Equal([0, 255], first.Payload.ToArray());
        Assert.Equal([2], lane.Given[1].Payload.ToArray());
        Assert.Equal(DateTimeOffset.UnixEpoch.AddYears(60), home.State.Oldest);
    }

    [Fact]
    public async Task What_is_reported_is_removed_in_whatever_order_and_counted()
    {
        await using var home = await OutboundHome.OpenAsync();
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Messages(0, 10));
        await lane.UntilGivenAsync(10);

        lane.Deliver(lane.Given[7], lane.Given[3], lane.Given[4]);

        await home.UntilStoredAsync(7);
        Assert.Equal((7, 3, 7), (home.State.Depth, home.State.Published, home.Queues.TotalsOf("a").Depth));
        await home.RestartAsync();
        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(7);
        Assert.Equal([0, 1, 2, 5, 6, 8, 9], next.Given.Select(OutboundHome.NumberOf));
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task The_oldest_of_a_source_is_its_own_whoever_has_it_and_whatever_waits_before_it()
    {
        var start = DateTimeOffset.UnixEpoch.AddYears(60);
        var time = new FakeTimeProvider(start);
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowRecords = 2 }, time);
        foreach (var source in (string[])["a", "b", "a", "b"])
        {
            await home.AcceptAsync(source, OutboundHome.Message("1"));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((start, start.AddSeconds(1), null), (Oldest("a"), Oldest("b"), Oldest("c")));
        await using (var lane = FakeLane.Attach(home.Queues))
        {
            await lane.UntilGivenAsync(2);
            Assert.Equal(start.AddSeconds(1), Oldest("b"));
            lane.Deliver(lane.Given[1]);
            await home.UntilStoredAsync(3);
            Assert.Equal((start, start.AddSeconds(3)), (Oldest("a"), Oldest("b")));
        }

        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(2);
        next.Deliver(next.Given[0], next.Given[1]);
        await home.UntilStoredAsync(1);
        Assert.Equal((null, start.AddSeconds(3)), (Oldest("a"), Oldest("b")));

        DateTimeOffset? Oldest(string source) => home.Queues.TotalsOf(source).Oldest;
    }

    [Fact]
    public async Task A_new_worker_gets_everything_unreported_again_from_the_first()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowRecords = 4, ReadAheadRecords = 4 });
        await home.AcceptAsync("a", OutboundHome.Messages(0, 20));
        await using (var lane = FakeLane.Attach(home.Queues))
        {
            await lane.UntilGivenAsync(4);
            lane.Deliver(lane.Given[1], lane.Given[3]);
            await lane.UntilGivenAsync(6);
        }

        await using (var second = FakeLane.Attach(home.Queues))
        {
            await second.UntilGivenAsync(4);
            Assert.Equal([0, 2, 4, 5], second.Given.Select(OutboundHome.NumberOf));
            second.Deliver(second.Given[0]);
            await second.UntilGivenAsync(5);
        }

        await using var third = FakeLane.Attach(home.Queues);
        for (var expected = 4; expected < 17; expected += 4)
        {
            await third.UntilGivenAsync(expected);
            third.DeliverAll();
        }

        await third.UntilGivenAsync(17);
        Assert.Equal([2, 4, 5, .. Enumerable.Range(6, 14)], third.Given.Select(OutboundHome.NumberOf));
        Assert.Equal(8, home.State.Retried);
    }

    [Fact]
    public async Task A_worker_has_no_more_than_the_window_allows_in_messages()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowRecords = 3 });
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Messages(0, 10));
        await lane.UntilGivenAsync(3);

        lane.Deliver(lane.Given[0]);
        await lane.UntilGivenAsync(4);
        await home.StoredAsync();

        Assert.Equal(4, lane.Given.Count);
    }

    [Fact]
    public async Task A_worker_has_no_more_than_the_window_allows_in_bytes_unless_one_message_alone_is_larger()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowBytes = 100, FrameBytes = 150 });
        await using var lane = FakeLane.Attach(home.Queues);
        var large = OutboundHome.Message(new string('x', 500));
        await home.AcceptAsync("a", large, large, OutboundHome.Message(new string('y', 60)), OutboundHome.Message("z"), OutboundHome.Message(new string('y', 60)));

        await lane.UntilGivenAsync(1);
        Assert.Equal([500], lane.Given.Select(request => request.Payload.Length));
        lane.DeliverAll();
        await lane.UntilGivenAsync(2);
        lane.DeliverAll();
        await lane.UntilGivenAsync(4);

        Assert.Equal([500, 500, 60, 1], lane.Given.Select(request => request.Payload.Length));
        lane.DeliverAll();
        await lane.UntilGivenAsync(5);
    }

    [Fact]
    public async Task Frames_are_small_and_hold_what_has_gathered()
    {
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { FrameBytes = 1000 });
        await using var lane = FakeLane.Attach(home.Queues, reading: reading.Task);
        for (var i = 0; i < 100; i++)
            await home.AcceptAsync("a", OutboundHome.Message($"{i}"));

        reading.SetResult();
        await lane.UntilGivenAsync(100);

        Assert.InRange(lane.LargestFrame, 900, 1000);
        Assert.Equal(Enumerable.Range(0, 100), lane.Given.Select(OutboundHome.NumberOf));
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_read_from_disk_in_order()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowRecords = 7, ReadAheadRecords = 10, ReadAheadBytes = 40 });
        for (var i = 0; i < 300; i += 3)
            await home.AcceptAsync($"source {i % 2}", OutboundHome.Messages(i, 3));
        await using var lane = FakeLane.Attach(home.Queues);

        // More may be given once some are delivered: what is waited for must not depend on that.
        for (var given = 0; given < 300;)
        {
            await lane.UntilGivenAsync(given + 1);
            given = lane.Given.Count;
            lane.DeliverAll();
        }

        lane.DeliverAll();
        Assert.Equal(Enumerable.Range(0, 300), lane.Given.Select(OutboundHome.NumberOf));
        await home.UntilStoredAsync(0);
        Assert.Equal(0, home.State.Depth);
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task A_message_for_several_connections_is_in_each_or_in_none()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 3 });
        var source = OutboundHome.Source("events");
        Assert.Equal(OutboundVerdict.Accepted, await home.Queues.AcceptAsync(["cloud"], source, OutboundHome.Messages(0, 2), Token));

        Assert.Equal(OutboundVerdict.Full, await home.Queues.AcceptAsync(["plant", "cloud"], source, OutboundHome.Messages(2, 2), Token));
        Assert.Equal(OutboundVerdict.NoConnection, await home.Queues.AcceptAsync(["plant", "nowhere"], source, OutboundHome.Messages(2, 1), Token));
        Assert.Equal(OutboundVerdict.Accepted, await home.Queues.AcceptAsync(["plant", "cloud"], source, OutboundHome.Messages(2, 1), Token));

        Assert.Equal((1, 3, 4), (home.State.Depth, home.Queues.StateOf("cloud").Depth, home.Queues.TotalsOf("events").Depth));
        await using var plant = FakeLane.Attach(home.Queues);
        await using var cloud = FakeLane.Attach(home.Queues, "cloud");
        await plant.UntilGivenAsync(1);
        await cloud.UntilGivenAsync(3);
        Assert.Equal([2], plant.Given.Select(OutboundHome.NumberOf));
        Assert.Equal([0, 1, 2], cloud.Given.Select(OutboundHome.NumberOf));
        plant.DeliverAll();
        Assert.Equal(1, home.Queues.TotalsOf("events").Published);
    }

    [Fact]
    public async Task What_expires_before_it_is_handed_over_is_left_out_and_counted()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await home.AcceptAsync(
            "a",
            OutboundHome.Message("0") with { Expires = time.GetUtcNow().AddSeconds(10) },
            OutboundHome.Message("1"),
            OutboundHome.Message("2") with { Expires = time.GetUtcNow().AddSeconds(30) });
        time.Advance(TimeSpan.FromSeconds(11));

        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(2);

        Assert.Equal([1, 2], lane.Given.Select(OutboundHome.NumberOf));
        Assert.Equal([0u, 19u], lane.Given.Select(request => request.ExpirySeconds));
        Assert.Equal((1, 1, 2), (home.State.Expired, home.Queues.TotalsOf("a").Expired, home.State.Depth));
        await home.UntilStoredAsync(2);
    }

    [Fact]
    public async Task What_expires_with_the_worker_is_counted_as_that_and_is_no_dead_letter()
    {
        await using var home = await OutboundHome.OpenAsync();
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Message("0"));
        await lane.UntilGivenAsync(1);

        lane.Refuse("MessageExpired", "It expired.", lane.Given);

        await home.UntilStoredAsync(0);
        Assert.Equal((1, 0, 0), (home.State.Expired, home.State.DeadLettered, home.State.DeadLetters));
    }

    [Fact]
    public async Task A_report_of_what_this_run_was_not_given_breaks_the_contract()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("a", OutboundHome.Messages(0, 2));
        var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(2);
        lane.Deliver(lane.Given[0]);

        Assert.Throws<FrameException>(() => lane.Deliver(lane.Given[0]));
        Assert.Throws<FrameException>(() => lane.Report(new PublishReport(17)));

        await lane.DisposeAsync();
        lane.Deliver(lane.Given[1]);
        Assert.Equal((1, 1), (home.State.Published, home.State.Depth));
    }

    [Fact]
    public async Task What_a_killed_agent_had_accepted_is_published_by_the_next()
    {
        await using var home = await OutboundHome.OpenAsync();
        var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Messages(0, 1000));
        await lane.UntilGivenAsync(1000);
        lane.Deliver(lane.Given.Take(400));
        await home.UntilStoredAsync(600);

        await home.CrashAsync();

        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(600);
        Assert.Equal(Enumerable.Range(400, 600), next.Given.Select(OutboundHome.NumberOf));
        await home.AcceptAsync("a", OutboundHome.Messages(1000, 1));
        await next.UntilGivenAsync(601);
        Assert.Equal(1000, OutboundHome.NumberOf(next.Given[600]));
    }

    [Fact]
    public async Task A_source_that_had_nothing_waiting_at_a_start_keeps_its_name()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("idle", OutboundHome.Message("0"));
        await using (var lane = FakeLane.Attach(home.Queues))
        {
            await lane.UntilGivenAsync(1);
            lane.DeliverAll();
            await home.UntilStoredAsync(0);
        }

        await home.RestartAsync();
        await home.AcceptAsync("new", OutboundHome.Message("1"));
        await home.AcceptAsync("idle", OutboundHome.Message("2"), OutboundHome.Message("3"));
        await home.RestartAsync();

        Assert.Equal((2, 1), (home.Queues.TotalsOf("idle").Depth, home.Queues.TotalsOf("new").Depth));
    }

    [Fact]
    public async Task A_deleted_connection_takes_its_messages_and_dead_letters_with_it_and_a_new_one_of_its_name_starts_empty()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("a", [.. OutboundHome.Messages(0, 100), new OutboundMessage("no/+", default, QualityOfService.AtMostOnce)]);
        await home.Queues.AcceptAsync(["cloud"], OutboundHome.Source("a"), OutboundHome.Messages(0, 5), Token);

        var queue = home.Queues.Close("plant")!;
        Assert.Equal(OutboundVerdict.NoConnection, await home.OfferAsync(OutboundHome.Source("a"), OutboundHome.Message("x")));
        await home.Queues.RemoveAsync(queue);
        home.Queues.Open("plant", (_, _, _) => { });
        await home.AcceptAsync("a", OutboundHome.Message("7"));

        await home.UntilStoredAsync(6);
        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(1);
        Assert.Equal([7], lane.Given.Select(OutboundHome.NumberOf));
        Assert.Equal((1, 0), (home.State.Depth, home.State.DeadLetters));
        Assert.Equal(5, home.Queues.StateOf("cloud").Depth);
        Assert.Empty((await home.DeadLetters.ListAsync(null, 0, 10, 10, Token)).Letters);
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task A_new_connection_does_not_get_the_messages_of_a_deleted_one_of_its_name_even_if_the_agent_is_killed_while_others_are_removed()
    {
        await using var home = await OutboundHome.OpenAsync();
        Assert.Equal(OutboundVerdict.Accepted, await home.Queues.AcceptAsync([OutboundHome.OtherConnection], OutboundHome.Source("a"), OutboundHome.Messages(0, 30_000), Token));
        await home.AcceptAsync("a", OutboundHome.Messages(0, 3));
        await home.Queues.RemoveAsync(home.Queues.Close(OutboundHome.OtherConnection)!);
        await home.Queues.RemoveAsync(home.Queues.Close(OutboundHome.Connection)!);

        await home.CrashAsync();

        Assert.Equal(0, home.State.Depth);
        await home.UntilStoredAsync(0);
    }

    [Fact]
    public async Task What_a_deleted_connection_left_behind_is_removed_at_the_next_start()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("a", OutboundHome.Messages(0, 100));
        await home.Database.WriteAsync(connection => Agent.Storage.SqliteExtensions.Execute(connection, "DELETE FROM connections"), cancellationToken: Token);
        await home.Queues.DisposeAsync();
        await using (var orphaned = new OutboundQueues(home.Database, new OutboundLimits(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<OutboundQueues>.Instance))
        {
            await orphaned.LoadAsync(Token);

            await home.UntilStoredAsync(0);
        }
    }

    [Fact]
    public async Task Waiting_ends_when_there_is_room_again()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 100 });
        await home.AcceptAsync("a", OutboundHome.Messages(0, 100));
        Assert.Equal(OutboundVerdict.Full, await home.OfferAsync(OutboundHome.Source("b"), OutboundHome.Messages(0, 10)));
        Assert.True(home.State.IsFull);
        var waiting = home.Queues.WaitForRoomAsync(["plant"], TimeSpan.FromHours(1), Token);
        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(100);

        lane.Deliver(lane.Given.Take(9));
        Assert.False(waiting.IsCompleted);
        lane.Deliver(lane.Given[9]);

        await waiting;
        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(OutboundHome.Source("b"), OutboundHome.Messages(0, 10)));
        await home.Queues.WaitForRoomAsync(["plant", "nowhere"], TimeSpan.FromHours(1), Token);
    }

    [Fact]
    public async Task Waiting_for_room_ends_at_its_limit()
    {
        var time = new FakeTimeProvider();
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 1 }, time);
        await home.AcceptAsync("a", OutboundHome.Message("0"));
        await home.OfferAsync(OutboundHome.Source("b"), OutboundHome.Message("1"));
        var waiting = home.Queues.WaitForRoomAsync(["plant"], TimeSpan.FromSeconds(10), Token);

        time.Advance(TimeSpan.FromSeconds(11));

        await waiting;
        Assert.True(home.State.IsFull);
    }
}
