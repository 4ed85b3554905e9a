using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>Whatever ends, at whatever moment: no event is lost, and the oldest comes first.</summary>
public sealed class RedisRecoveryTests
{
    private const string KeepEverything = "save \"\"\nappendonly yes\nappendfsync always\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_predecessor_had_in_work_comes_before_what_is_in_the_list()
    {
        await using var fixture = await SourceFixture.StartAsync();
        // More than is in work at once.
        string[] inWork = [.. Enumerable.Range(0, 700).Select(i => $"in work {i}")];
        await fixture.PushAsync(inWork, SourceFixture.InWork);
        await fixture.PushAsync(["next 1", "next 2"]);

        fixture.Run();

        await fixture.AcceptedAsync([.. inWork, "next 1", "next 2"]);
        await fixture.DrainedAsync();
    }

    [Fact]
    public async Task An_event_leaves_Redis_only_after_it_is_stored()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Hold();
        fixture.Run();
        await fixture.PushAsync(["one"]);

        await Eventually.TrueAsync("the event is about to be stored", () => fixture.Queues.Attempts > 0, Cancel);
        Assert.Equal(1, await fixture.Database.ListLengthAsync(SourceFixture.InWork));

        fixture.Queues.Release();
        await fixture.AcceptedAsync("one");
        await fixture.DrainedAsync();
    }

    [Fact]
    public async Task While_a_queue_is_full_events_wait_in_Redis_in_their_order()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        string[] events = [.. Enumerable.Range(0, 500).Select(i => $"{i}")];
        await fixture.PushAsync(events);

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "queue of connection 'plant' is full; events wait in Redis");
        Assert.Equal(500, await fixture.Database.ListLengthAsync(SourceFixture.List) + await fixture.Database.ListLengthAsync(SourceFixture.InWork));

        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        await fixture.AcceptedAsync(events);
        await SourceFixture.StateAsync(source, SourceActivity.Connected);
    }

    [Fact]
    public async Task What_waits_in_Redis_is_shown_while_nothing_is_taken()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "full");

        await fixture.PushAsync(["two", "three"]);

        await Eventually.TrueAsync("three events are shown", () => source.State.Pending == 3, Cancel, state: () => source.State);
    }

    [Fact]
    public async Task A_connection_that_does_not_exist_and_a_disk_that_is_full_are_told_and_waited_for()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.NoConnection;
        var source = fixture.Run(fixture.Settings() with { Connections = ["plant", "gone"] });
        await fixture.PushAsync(["one"]);

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "There is no connection named 'gone'");
        fixture.Queues.Failure = new StorageException("The state file cannot be written: disk full.");
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "disk full. Events wait in Redis.");
        fixture.Queues.Failure = null;
        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        await fixture.AcceptedAsync("one", "one"); // once for each connection
    }

    [Fact]
    public async Task Stopping_gives_back_what_is_in_work_in_its_order()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        string[] events = [.. Enumerable.Range(0, 50).Select(i => $"{i}")];
        await fixture.PushAsync(events);
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "full");

        await source.DisposeAsync();

        Assert.Equal(events.Reverse().Select(payload => (RedisValue)SourceFixture.Event(payload)), await fixture.Database.ListRangeAsync(SourceFixture.List));
        Assert.Equal(0, await fixture.Database.ListLengthAsync(SourceFixture.InWork));
        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        fixture.Run();
        await fixture.AcceptedAsync(events);
    }

    [Fact]
    public async Task Stopping_while_an_event_is_being_stored_stores_it_once()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Hold();
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);
        await Eventually.TrueAsync("the event is about to be stored", () => fixture.Queues.Attempts > 0, Cancel);

        var stopping = source.DisposeAsync();
        fixture.Queues.Release();
        await stopping;

        Assert.Equal(["one"], fixture.Queues.Payloads);
        await fixture.DrainedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_Redis_ends_and_comes_back_nothing_it_kept_is_lost(bool killed)
    {
        await using var fixture = await SourceFixture.StartAsync(KeepEverything);
        var source = fixture.Run();
        await fixture.PushAsync(["before"]);
        await fixture.AcceptedAsync("before");
        await fixture.DrainedAsync();

        await (killed ? fixture.Redis.KillAsync() : fixture.Redis.StopAsync());
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "Nothing accepts connections at 127.0.0.1");
        await fixture.Redis.StartAgainAsync(Cancel);

        await SourceFixture.StateAsync(source, SourceActivity.Connected);
        await PushWhenBackAsync(fixture, "after");
        await fixture.AcceptedAsync("before", "after");
        Assert.Equal(1, source.State.Reconnects);
        // Once for the loss, once for each way it shows; not for each attempt.
        Assert.InRange(fixture.Logger.Entries.Count(entry => entry.Message.Contains("waits", StringComparison.Ordinal)), 1, 3);
    }

    [Fact]
    public async Task Redis_killed_under_load_again_and_again_loses_no_event_and_no_order()
    {
        await using var fixture = await SourceFixture.StartAsync(KeepEverything);
        fixture.Run();
        var pushed = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            var pushing = PushUntilGoneAsync(fixture, pushed, round);
            var enough = fixture.Queues.Payloads.Count + 200;
            await Eventually.TrueAsync("some events are stored", () => fixture.Queues.Payloads.Count > enough, Cancel);
            await fixture.Redis.KillAsync();
            await pushing;
            await fixture.Redis.StartAgainAsync(Cancel);
            await PushWhenBackAsync(fixture, $"back {round}");
            pushed.Add($"back {round}");
        }

        await Eventually.TrueAsync("the last event is stored", () => fixture.Queues.Payloads.Contains(pushed[^1]), Cancel);
        await fixture.DrainedAsync();
        AssertInOrder(pushed, fixture.Queues.Payloads);
    }

    [Fact]
    public async Task A_connection_cut_again_and_again_loses_no_event_and_no_order()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await using var proxy = FaultProxy.Start(fixture.Redis.Port);
        fixture.Run(fixture.Settings() with { Port = proxy.Port });
        var pushed = Enumerable.Range(0, 3_000).Select(i => $"{i}").ToList();
        var pushing = fixture.PushAsync(pushed);

        for (var cuts = 0; !pushing.IsCompleted || cuts < 10; cuts++)
        {
            var seen = fixture.Queues.Payloads.Count;
            await Eventually.TrueAsync("events pass", () => fixture.Queues.Payloads.Count > seen || fixture.Queues.Payloads.Contains(pushed[^1]), Cancel);
            proxy.Cut();
        }

        await pushing;
        await Eventually.TrueAsync("the last event is stored", () => fixture.Queues.Payloads.Contains(pushed[^1]), Cancel);
        await fixture.DrainedAsync();
        AssertInOrder(pushed, fixture.Queues.Payloads);
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_noticed_and_events_go_on_once_it_answers()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var source = fixture.Run();
        await fixture.PushAsync(["before"]);
        await fixture.AcceptedAsync("before");

        fixture.Redis.Freeze();
        await Eventually.TrueAsync("the hang is told", () => source.State is { Activity: SourceActivity.Waiting, Reason.Length: > 0 }, Cancel, state: () => source.State);
        fixture.Redis.Thaw();

        await fixture.PushAsync(["after"]);
        await fixture.AcceptedAsync("before", "after");
    }

    [Fact]
    public async Task Stopping_is_quick_even_if_Redis_hangs()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "full");

        fixture.Redis.Freeze();
        try
        {
            // An answer of Redis would be waited for longer than that.
            await Eventually.CompletesAsync("the source has stopped", source.DisposeAsync().AsTask(), Cancel, TimeSpan.FromSeconds(7));
        }
        finally
        {
            fixture.Redis.Thaw();
        }

        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        fixture.Run();
        await fixture.AcceptedAsync("one");
    }

    /// <summary>Each event is there, and the first copies are in order. What a producer was not told of may be there too.</summary>
    private static void AssertInOrder(List<string> pushed, IReadOnlyList<string> accepted)
    {
        var expected = pushed.ToHashSet();
        Assert.Equal(pushed, accepted.Where(expected.Contains).Distinct());
    }

    private static async Task PushUntilGoneAsync(SourceFixture fixture, List<string> pushed, int round)
    {
        for (var i = 0; ; i++)
        {
            var payload = $"{round}.{i}";
            try
            {
                await fixture.Database.ListLeftPushAsync(SourceFixture.List, SourceFixture.Event(payload));
                pushed.Add(payload);
            }
            catch (RedisException)
            {
                // Whether this one was pushed is not known.
                return;
            }
        }
    }

    private static async Task PushWhenBackAsync(SourceFixture fixture, string payload)
    {
        while (true)
        {
            try
            {
                await fixture.PushAsync([payload]);
                return;
            }
            catch (RedisConnectionException)
            {
                await Task.Delay(20, Cancel); // The producer's own connection has to come back first.
            }
        }
    }
}
