using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

/// <summary>What is bridged and what is not, and what is remembered of it.</summary>
public sealed class BridgeServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asked_for_twice_a_variable_is_bridged_once()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        await fixture.AddAsync("motor", source);
        await fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("localhost", source.Port)), Cancel);
        await source.SendAsync("1");
        await fixture.UntilAcceptedAsync(1);
        await source.SendAsync("2");
        await fixture.UntilAcceptedAsync(2);

        Assert.Equal(2, fixture.Queues.Accepted.Count);
        Assert.Equal(1, source.Connected);
        Assert.Single(fixture.Bridges.List());
    }

    [Fact]
    public async Task The_same_name_from_another_source_is_refused_in_words_and_the_first_goes_on()
    {
        await using var first = await StandInSource.StartAsync();
        await using var second = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", first);

        var refused = await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.AddAsync("motor", second));

        Assert.Equal(BridgeRefusal.Taken, refused.Refusal);
        Assert.Contains($"bridged from 127.0.0.1:{first.Port} already", refused.Message, StringComparison.Ordinal);
        Assert.Equal((ConnectionEventKind.BridgeRefused, "bridge motor", refused.Message), fixture.Events.Select(happened => (happened.Kind, happened.Connection, happened.Text)).Single());
        Assert.Equal((ConnectionEventKind.BridgeRefused, "motor", refused.Message), fixture.Bridges.Notices.Select(notice => (notice.Kind, notice.Subject, notice.Text)).Single());
        Assert.Empty(second.Targets);
        await first.SendAsync("1");
        await fixture.UntilAcceptedAsync(1);
    }

    [Fact]
    public async Task A_source_that_was_not_reached_for_a_minute_gives_way_to_another()
    {
        await using var source = await StandInSource.StartAsync();
        var time = new FakeTimeProvider();
        await using var fixture = await BridgeFixture.StartAsync(time: time);
        await fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", await UnusedPortAsync()), 5), Cancel);
        await fixture.UntilAsync("motor", "the first attempt has failed", bridge => bridge.State.Activity == BridgeActivity.Waiting);
        time.Advance(TimeSpan.FromSeconds(59));
        await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.AddAsync("motor", source));

        time.Advance(TimeSpan.FromSeconds(1));
        await fixture.ConnectAsync("motor", source);

        Assert.Equal((source.Port, 0), (fixture.Bridge("motor").Config.Source.Port, fixture.Bridge("motor").Config.Options.SamplesPerSecond));
        Assert.Equal(source.Port, fixture.Store.Stored.Single().Config.Source.Port);
        Assert.Contains(fixture.Bridges.Notices, notice => notice.Kind == ConnectionEventKind.BridgeTrouble && notice.Text.Contains("gives way", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_variables_are_bridged_at_once_each_to_its_own_topic()
    {
        await using var hall = await StandInSource.StartAsync();
        await using var bench = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("a", hall);
        await fixture.ConnectAsync("b c", bench);

        await hall.SendAsync("1");
        await bench.SendAsync("2");
        await fixture.UntilAcceptedAsync(2);

        Assert.Equal(
            ["plant bridge:a plotune/a", "plant bridge:b c plotune/b c"],
            fixture.Queues.Accepted.Select(entry => $"{entry.Connection} {entry.Source} {entry.Message.Topic}").Order(StringComparer.Ordinal));
        Assert.Equal(["/fetch/a"], hall.Targets);
        Assert.Equal(["/fetch/b%20c"], bench.Targets);
    }

    [Fact]
    public async Task An_unbridged_variable_is_let_go_in_good_order_and_forgotten()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        Assert.True(await fixture.Bridges.RemoveAsync("motor", new BridgeSource("127.0.0.1", source.Port), Cancel));

        await Eventually.TrueAsync("the source hears a goodbye", () => source is { Connected: 0, Goodbyes: 1 }, Cancel);
        Assert.Empty(fixture.Bridges.List());
        Assert.Empty(fixture.Store.Stored);
        Assert.False(await fixture.Bridges.RemoveAsync("motor", null, Cancel));
    }

    [Fact]
    public async Task Unbridging_the_variable_of_a_refused_source_does_not_touch_the_other_ones()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        Assert.False(await fixture.Bridges.RemoveAsync("motor", new BridgeSource("127.0.0.1", 1), Cancel));

        await source.SendAsync("1");
        await fixture.UntilAcceptedAsync(1);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a+")]
    [InlineData("")]
    public async Task A_name_that_cannot_be_a_level_of_a_topic_is_refused_in_words(string name)
    {
        await using var fixture = await BridgeFixture.StartAsync();

        var refused = await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest(name, new BridgeSource("127.0.0.1", 1)), Cancel));

        Assert.Equal(BridgeRefusal.Name, refused.Refusal);
        Assert.Single(fixture.Events);
        Assert.Empty(fixture.Bridges.List());
    }

    [Fact]
    public async Task A_refused_name_goes_to_log_and_user_in_one_short_line()
    {
        await using var fixture = await BridgeFixture.StartAsync();

        await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("a\n[ERR] b/" + new string('x', 100_000), new BridgeSource("h", 1)), Cancel));
        await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("a\n[ERR] b/", new BridgeSource("h", 1)), Cancel));

        Assert.All(fixture.Logger.Entries.Select(entry => entry.Message).Concat(fixture.Events.Select(happened => happened.Connection + happened.Text)), line =>
        {
            Assert.DoesNotContain('\n', line);
            Assert.InRange(line.Length, 1, 400);
        });
        Assert.Equal(["a?[ERR] b/", "a?[ERR] b/xxxxx"], fixture.Bridges.Notices.Select(notice => notice.Subject[..Math.Min(15, notice.Subject.Length)]));
    }

    [Fact]
    public async Task A_topic_that_would_be_too_long_is_refused_in_words()
    {
        await using var fixture = new BridgeFixture();
        await fixture.PutProducerAsync("plant", new string('x', 65_530));
        await fixture.RunAsync();

        var refused = await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", 1)), Cancel));

        Assert.Contains("65,535", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_producer_nothing_is_bridged_and_the_user_is_told()
    {
        await using var fixture = new BridgeFixture();
        await fixture.RunAsync();

        var refused = await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", 1)), Cancel));

        Assert.Equal(BridgeRefusal.NoProducer, refused.Refusal);
        Assert.Equal(ConnectionEventKind.BridgeRefused, Assert.Single(fixture.Events).Kind);
        Assert.Empty(fixture.Bridges.List());
        Assert.Empty(fixture.Store.Stored);
    }

    [Fact]
    public async Task There_are_only_so_many_bridges()
    {
        await using var fixture = await BridgeFixture.StartAsync(maximumBridges: 1);
        await fixture.Bridges.AddAsync(new BridgeRequest("a", new BridgeSource("127.0.0.1", 1)), Cancel);

        var refused = await Assert.ThrowsAsync<BridgeRefusedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("b", new BridgeSource("127.0.0.1", 1)), Cancel));

        Assert.Equal(BridgeRefusal.Limit, refused.Refusal);
    }

    [Fact]
    public async Task After_a_restart_bridges_are_resumed_and_what_was_published_is_not_published_again()
    {
        await using var source = await StandInSource.StartAsync();
        var store = new FakeBridgeStore();
        await using (var before = await BridgeFixture.StartAsync(store: store))
        {
            await before.ConnectAsync("motor", source, rate: 0, deadBand: 0.5);
            await source.SendAsync(Sample(1), Sample(2));
            await before.UntilAcceptedAsync(2);
        }

        source.History = [Sample(1), Sample(2), Sample(3)];
        await using var after = await BridgeFixture.StartAsync(store: store);
        await after.UntilAcceptedAsync(1);
        await after.UntilAsync("motor", "history has come", bridge => bridge.State.Received == 3);

        Assert.Equal([Payload(3)], after.Queues.Payloads);
        Assert.Equal(0.5, after.Bridge("motor").Config.Options.DeadBand);
        Assert.Equal(2, after.Bridge("motor").State.Repeated);
        Assert.Equal(["motor"], after.OwnTopics.Of(BridgeFixture.Producer("p")).Select(topic => topic[8..]));
    }

    [Fact]
    public async Task What_the_queue_had_not_taken_when_the_agent_stopped_is_taken_from_the_history_later()
    {
        await using var source = await StandInSource.StartAsync();
        var store = new FakeBridgeStore();
        await using (var before = await BridgeFixture.StartAsync(store: store))
        {
            await before.ConnectAsync("motor", source);
            await source.SendAsync(Sample(1));
            await before.UntilAcceptedAsync(1);
            before.Queues.Failure = new StorageException("The disk is full.");
            await source.SendAsync(Sample(2));
            await before.UntilAsync("motor", "the trouble is seen", bridge => bridge.State.Reason.Length > 0);
        }

        source.History = [Sample(1), Sample(2)];
        await using var after = await BridgeFixture.StartAsync(store: store);
        await after.UntilAcceptedAsync(1);

        Assert.Equal([Payload(2)], after.Queues.Payloads);
    }

    [Fact]
    public async Task Which_samples_were_taken_is_stored_while_the_agent_runs()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        await source.SendAsync(Sample(1), Sample(2), Sample(3));

        await Eventually.TrueAsync("three samples are stored", () => fixture.Store.Stored.Single().Taken.Length == 24, Cancel);
    }

    [Fact]
    public async Task A_change_that_cannot_be_stored_applies_and_is_stored_later()
    {
        await using var fixture = await BridgeFixture.StartAsync();
        fixture.Store.Failure = new StorageException("The disk is full.");

        await fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", 1)), Cancel);

        Assert.Single(fixture.Bridges.List());
        Assert.Contains("The disk is full.", Assert.Single(fixture.Bridges.Notices).Text, StringComparison.Ordinal);
        Assert.Empty(fixture.Store.Stored);
        fixture.Store.Failure = null;
        await Eventually.TrueAsync("it is stored", () => fixture.Store.Stored.Count == 1, Cancel);
    }

    [Fact]
    public async Task Options_change_while_it_runs_and_are_remembered()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        var changed = await fixture.Bridges.ChangeAsync("motor", options => options with { DeadBand = 10 }, Cancel);
        await source.SendAsync("1", "2", "20");
        await fixture.UntilAcceptedAsync(2);

        Assert.Equal(new BridgeOptions(0, 10), changed?.Config.Options);
        Assert.Equal(new BridgeOptions(0, 10), fixture.Store.Stored.Single().Config.Options);
        Assert.StartsWith("{\"value\":20,", fixture.Queues.Payloads[1], StringComparison.Ordinal);
        Assert.Equal(1, fixture.Bridge("motor").State.Skipped);
        Assert.Null(await fixture.Bridges.ChangeAsync("unknown", options => options, Cancel));
        await fixture.AddAsync("motor", source, rate: 7);
        Assert.Equal(new BridgeOptions(7, 10), fixture.Bridge("motor").Config.Options);
    }

    [Fact]
    public async Task A_fault_nobody_thought_of_ends_one_bridge_visibly_and_it_can_be_bridged_again()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source, deadBand: 0.5);
        fixture.Queues.Fault = new InvalidOperationException("nobody thought of this");
        await source.SendAsync("1");
        await fixture.UntilAsync("motor", "it has failed", bridge => bridge.State.Activity == BridgeActivity.Failed);
        Assert.Contains(fixture.Logger.Entries, entry => entry.Level == LogLevel.Error);

        fixture.Queues.Fault = null;
        await fixture.ConnectAsync("motor", source);
        await source.SendAsync("2");

        await fixture.UntilAcceptedAsync(1);
        Assert.Equal(0.5, fixture.Bridge("motor").Config.Options.DeadBand);
    }

    [Fact]
    public async Task Once_stopped_nothing_is_bridged_any_more()
    {
        var fixture = await BridgeFixture.StartAsync();
        await fixture.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", 1)), Cancel));
    }

    private static string Sample(int time) => $$"""{"timestamp":{{time}},"value":{{time}}}""";

    private static string Payload(int time) => $$"""{"value":{{time}},"timestamp":{{time}}}""";

    private static async Task<int> UnusedPortAsync()
    {
        await using var source = await StandInSource.StartAsync();
        return source.Port;
    }
}
