using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_full_disk_nothing_new_is_accepted_in_words_and_what_was_is_published()
    {
        await using var home = await OutboundHome.OpenAsync(new() { WindowRecords = 10, ReadAheadRecords = 10 });
        await home.AcceptAsync("a", OutboundHome.Messages(0, 100));
        await FillAsync(home);

        for (var i = 0; i < 3; i++)
        {
            var exception = await Assert.ThrowsAsync<StorageException>(() => home.OfferAsync(OutboundHome.Source("a"), Large));
            Assert.Contains("is full: free some space. What was accepted before is kept and published.", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal([ConnectionEventKind.QueueNotUsable], home.Notices.Select(notice => notice.Kind));
        Assert.Equal((100, 0), (home.State.Depth, home.Queues.TotalsOf("a").Dropped));
        await using var lane = FakeLane.Attach(home.Queues);
        await Eventually.TrueAsync("all is published", () => Deliver(lane) == 100, Token);
        Assert.Equal(Enumerable.Range(0, 100), lane.Given.Select(OutboundHome.NumberOf));
    }

    [Fact]
    public async Task With_room_again_messages_are_accepted_again_and_a_next_episode_is_told()
    {
        await using var home = await OutboundHome.OpenAsync();
        await FillAsync(home);
        await Assert.ThrowsAsync<StorageException>(() => home.OfferAsync(OutboundHome.Source("a"), Large));

        await MakeRoomAsync(home);
        Assert.Equal(OutboundVerdict.Accepted, await home.OfferAsync(OutboundHome.Source("a"), Large));
        await FillAsync(home);
        await Assert.ThrowsAsync<StorageException>(() => home.OfferAsync(OutboundHome.Source("a"), Large));

        Assert.Equal(2, home.Notices.Count);
        Assert.Equal(1, home.State.Depth);
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task What_was_published_and_cannot_be_removed_is_not_sent_again_and_goes_once_there_is_room()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("a", OutboundHome.Messages(0, 50));
        var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(50);
        await ExecuteAsync(home, "CREATE TEMP TRIGGER keep BEFORE DELETE ON outbound BEGIN SELECT RAISE(FAIL, 'no'); END");

        lane.Deliver(lane.Given.Take(30));
        await Eventually.TrueAsync("removing was tried in vain", () => home.Logger.Entries.Any(entry => entry.EventId.Id == 3700), Token);
        await lane.DisposeAsync();
        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(20);
        Assert.Equal(Enumerable.Range(30, 20), next.Given.Select(OutboundHome.NumberOf));
        Assert.Equal((50, 20), (await home.StoredAsync(), home.State.Depth));

        await ExecuteAsync(home, "DROP TRIGGER keep");
        await home.UntilStoredAsync(20);
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task A_source_gets_its_number_even_if_the_first_attempt_to_store_it_failed()
    {
        await using var home = await OutboundHome.OpenAsync();
        await FillAsync(home);
        await Assert.ThrowsAsync<StorageException>(() => home.OfferAsync(OutboundHome.Source("late"), Large));
        await MakeRoomAsync(home);
        await home.AcceptAsync("late", OutboundHome.Message("0"));

        await home.RestartAsync();

        Assert.Equal(1, home.Queues.TotalsOf("late").Depth);
        await using var lane = FakeLane.Attach(home.Queues);
        await lane.UntilGivenAsync(1);
        lane.DeliverAll();
        Assert.Equal(1, home.Queues.TotalsOf("late").Published);
    }

    private static OutboundMessage Large => OutboundHome.Message(new string('x', 300_000));

    private static int Deliver(FakeLane lane)
    {
        lane.DeliverAll();
        return lane.Given.Count;
    }

    /// <summary>No page more than there are.</summary>
    private static Task<object?> FillAsync(OutboundHome home) => home.Database.ReadAsync(
        connection => connection.QueryScalar($"PRAGMA max_page_count = {connection.QueryScalar("PRAGMA page_count")}"), Token);

    private static Task<object?> MakeRoomAsync(OutboundHome home) => home.Database.ReadAsync(connection => connection.QueryScalar("PRAGMA max_page_count = 1000000"), Token);

    private static Task ExecuteAsync(OutboundHome home, string sql) => home.Database.WriteAsync(connection => connection.Execute(sql), cancellationToken: Token);
}
