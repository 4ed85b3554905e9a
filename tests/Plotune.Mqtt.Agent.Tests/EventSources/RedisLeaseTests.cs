using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>Exactly one instance works a list.</summary>
public sealed class RedisLeaseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_one_says_who_works_the_list_and_takes_over_when_that_one_stops()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var first = fixture.Run();
        await SourceFixture.StateAsync(first, SourceActivity.Connected);

        var second = fixture.Run(agent: "two");
        await SourceFixture.StateAsync(second, SourceActivity.Waiting, $"is worked by process {Environment.ProcessId} on {Environment.MachineName} (event source nemo)");
        await fixture.PushAsync(["one"]);
        await fixture.AcceptedAsync("one");
        await SourceFixture.StateAsync(first, SourceActivity.Connected);

        await first.DisposeAsync();
        await SourceFixture.StateAsync(second, SourceActivity.Connected);
        await fixture.PushAsync(["two"]);
        await fixture.AcceptedAsync("one", "two");
    }

    [Fact]
    public async Task A_lease_whose_holder_is_gone_expires_by_itself()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var stranger = LeaseHolder.Create("elsewhere", "nemo") with { Host = "bench-pc", Process = 4711 };
        await fixture.Database.StringSetAsync(SourceFixture.Lease, stranger.ToText(), TimeSpan.FromSeconds(2));
        await fixture.PushAsync(["left behind"], SourceFixture.InWork);

        var source = fixture.Run();
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "process 4711 on bench-pc");

        await fixture.AcceptedAsync("left behind");
    }

    [Fact]
    public async Task The_lease_of_a_predecessor_with_the_same_data_folder_is_taken_over_at_once()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.Lease, (LeaseHolder.Create("one", "nemo") with { Process = 1 }).ToText(), TimeSpan.FromHours(1));
        await fixture.PushAsync(["left behind"], SourceFixture.InWork);

        fixture.Run(agent: "one");

        await fixture.AcceptedAsync("left behind");
    }

    [Theory]
    [InlineData("not JSON at all")]
    [InlineData("{}")]
    [InlineData("""{"host":null,"process":1,"source":"s","agent":"one","boot":"b","run":"r"}""")]
    public async Task A_lease_that_is_not_understood_is_respected(string text)
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.Lease, text, TimeSpan.FromHours(1));

        var source = fixture.Run();

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, $"is worked by {text}");
        await fixture.Database.KeyDeleteAsync(SourceFixture.Lease);
        await SourceFixture.StateAsync(source, SourceActivity.Connected);
    }

    [Fact]
    public async Task With_one_list_held_by_another_none_is_worked_and_none_is_held()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.Lease, "somebody", TimeSpan.FromHours(1));

        var source = fixture.Run();

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "'nemo_mqtt_events' is worked by somebody");
        await fixture.Database.KeyDeleteAsync(SourceFixture.Lease);
        await SourceFixture.StateAsync(source, SourceActivity.Connected);
    }

    [Fact]
    public async Task Who_lost_the_lease_while_it_stored_an_event_removes_nothing()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Hold();
        // It renews so seldom that it does not notice by itself, as if it were paused.
        var paused = fixture.Run(timing: new LeaseTiming { Lifetime = TimeSpan.FromHours(1), Renewal = TimeSpan.FromMinutes(30), Retry = TimeSpan.FromSeconds(0.2) });
        await fixture.PushAsync(["one"]);
        await Eventually.TrueAsync("the event is about to be stored", () => fixture.Queues.Attempts > 0, Cancel);

        await fixture.Database.StringSetAsync(SourceFixture.Lease, "somebody else", TimeSpan.FromHours(1));
        fixture.Queues.Release();

        await SourceFixture.StateAsync(paused, SourceActivity.Waiting, "is worked by somebody else");
        Assert.Equal([SourceFixture.Event("one")], (await fixture.Database.ListRangeAsync(SourceFixture.InWork)).Select(value => (string)value!));
    }

    [Fact]
    public async Task Who_lost_the_lease_takes_nothing_more_and_stores_nothing_that_waited()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "full");

        await fixture.Database.StringSetAsync(SourceFixture.Lease, "somebody else", TimeSpan.FromHours(1));
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "is worked by somebody else");
        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        await fixture.PushAsync(["two"]);

        Assert.Equal((1, 1), (await fixture.Database.ListLengthAsync(SourceFixture.InWork), await fixture.Database.ListLengthAsync(SourceFixture.List)));
        Assert.Empty(fixture.Queues.Payloads);
        await fixture.Database.KeyDeleteAsync(SourceFixture.Lease);
        await fixture.AcceptedAsync("one", "two");
    }

    [Fact]
    public async Task A_lease_that_vanished_is_taken_again_and_events_go_on()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Run();
        await fixture.PushAsync(["one"]);
        await fixture.AcceptedAsync("one");
        await fixture.DrainedAsync();

        await fixture.Database.KeyDeleteAsync(SourceFixture.Lease);
        await fixture.PushAsync(["two"]);

        await fixture.AcceptedAsync("one", "two");
    }

    [Fact]
    public async Task Two_sources_of_one_agent_that_name_the_same_list_do_not_both_work_it()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var first = fixture.Run(fixture.Settings("first"));
        await SourceFixture.StateAsync(first, SourceActivity.Connected);

        var second = fixture.Run(fixture.Settings("second") with { Lists = ["another", SourceFixture.List] });

        await SourceFixture.StateAsync(second, SourceActivity.Waiting, "(event source first)");
        Assert.False(await fixture.Database.KeyExistsAsync("another:plotune:lease"));
    }

    [Fact]
    public async Task An_event_pushed_to_an_idle_list_is_left_alone_by_who_only_waits_for_the_lease()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.Lease, "somebody", TimeSpan.FromHours(1));
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);

        await Eventually.TrueAsync("what waits is shown", () => source.State.Pending == 1, Cancel, state: () => source.State);
        Assert.Equal([(RedisValue)SourceFixture.Event("one")], await fixture.Database.ListRangeAsync(SourceFixture.List));
    }
}
